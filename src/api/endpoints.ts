/** What can be asked for under /v1, as rows: the routes and the OpenAPI document are made of them. */
import {
  LIST_PARAMETERS,
  type Parameter,
  STREAM_PARAMETERS,
  SUMMARY_PARAMETERS,
} from './parameters.ts';

/** Names of the answers' schemas, see `schemas.ts`. */
export type AnswerName =
  | 'CallPage'
  | 'CallDetail'
  | 'Summary'
  | 'Health'
  | 'VocabularyList'
  | 'Explanation'
  | 'ContextAnswer'
  | 'Document'
  | 'Events';

export interface Endpoint {
  readonly id: string;
  readonly method: 'get' | 'post';
  /** A part in braces stands for one part of a path. */
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly Parameter[];
  readonly answer: AnswerName;
  /** Statuses besides 200 that are its own, or mean something else here; 401, 403, 404 and 405 may come from every one. */
  readonly problems: Readonly<Record<number, string>>;
  /** Those of them that are answered as 200 is. */
  readonly answered?: readonly number[];
  /** Absent: `token`, that of http.token. */
  readonly security?: 'contextToken';
}

const BAD_QUERY = { 400: 'A parameter is unknown or has a value that it cannot have.' } as const;

export const ENDPOINTS = [
  {
    id: 'listCalls',
    method: 'get',
    path: '/v1/calls',
    summary: 'Calls that ended, the newest first',
    description: 'Of the calls that are kept, those that pass every filter given.',
    parameters: LIST_PARAMETERS,
    answer: 'CallPage',
    problems: { ...BAD_QUERY, 410: 'The cursor is of an earlier run of the process.' },
  },
  {
    id: 'getCall',
    method: 'get',
    path: '/v1/calls/{id}',
    summary: 'One call',
    description:
      'By the id of its verdict or of one of its legs: the verdict, what to do, the legs, and the ladder with the evidence marked.',
    parameters: [],
    answer: 'CallDetail',
    problems: { ...BAD_QUERY, 404: 'No call that is kept has this id.' },
  },
  {
    id: 'streamCalls',
    method: 'get',
    path: '/v1/stream',
    summary: 'Calls as they end',
    description:
      'Server-sent events. call: a call that passes every filter given. skipped: so many more passed in a second than a stream carries. gap: at most so many that pass since Last-Event-ID are not kept any more; null: it is not known how many. A comment comes every 15 s, with an id up to which all is told.',
    parameters: STREAM_PARAMETERS,
    answer: 'Events',
    problems: { ...BAD_QUERY, 503: 'As many streams as recent.streams are open, or none is kept.' },
  },
  {
    id: 'getSummary',
    method: 'get',
    path: '/v1/summary',
    summary: 'How calls end now',
    description: 'Counts of the calls whose verdict came in the last seconds.',
    parameters: SUMMARY_PARAMETERS,
    answer: 'Summary',
    problems: BAD_QUERY,
  },
  {
    id: 'getHealth',
    method: 'get',
    path: '/v1/health',
    summary: 'What callfate sees and misses',
    description: 'The counters that tell whether its verdicts can be trusted.',
    parameters: [],
    answer: 'Health',
    problems: { ...BAD_QUERY, 503: 'The engine did not answer.' },
  },
  {
    id: 'listVocabularies',
    method: 'get',
    path: '/v1/vocabularies',
    summary: 'The vocabularies and their codes',
    description: 'Every shipped one and your own, and whether verdicts are told in it.',
    parameters: [],
    answer: 'VocabularyList',
    problems: BAD_QUERY,
  },
  {
    id: 'explain',
    method: 'get',
    path: '/v1/explain',
    summary: 'What a code means',
    description: 'A SIP status, a Q.850 cause, a Reason line, a name or a code of a vendor.',
    parameters: [
      {
        name: 'q',
        kind: 'text',
        maxLength: 512,
        required: true,
        description: 'The question, such as 486 q850:34 or tencent-ccc:206.',
      },
    ],
    answer: 'Explanation',
    problems: { 400: 'The question is missing or not understood, or a parameter is unknown.' },
  },
  {
    id: 'tellContext',
    method: 'post',
    path: '/v1/context',
    summary: 'Facts about calls',
    description:
      'CloudEvents, one or a batch, when context.api.enabled; it asks for context.api.token. Its errors have a reason besides. docs/context.md describes it.',
    parameters: [],
    answer: 'ContextAnswer',
    answered: [422],
    security: 'contextToken',
    problems: {
      400: 'No JSON of its content type.',
      401: 'The token of context.api.token is missing or wrong.',
      413: 'Longer than allowed, or more events than allowed.',
      415: 'Neither content type of CloudEvents in JSON.',
      422: 'Every event was refused.',
      429: 'Too many events are on their way.',
      503: 'The engine did not answer.',
    },
  },
  {
    id: 'getDocument',
    method: 'get',
    path: '/v1/openapi.json',
    summary: 'This document',
    description: 'OpenAPI 3.1.',
    parameters: [],
    answer: 'Document',
    problems: BAD_QUERY,
  },
] as const satisfies readonly Endpoint[];

export type EndpointId = (typeof ENDPOINTS)[number]['id'];
