/** The API in OpenAPI 3.1, out of the rows that answer it. */
import { z } from 'zod';
import { REASONS } from '../classify/reasons.ts';
import { VERSION } from '../version.ts';
import { type AnswerName, ENDPOINTS, type Endpoint } from './endpoints.ts';
import type { Parameter } from './parameters.ts';
import { ANSWERS, EVENTS, PROBLEM } from './schemas.ts';

const EVERYWHERE: Readonly<Record<number, string>> = {
  401: 'The token of http.token is missing or wrong.',
  403: 'A client certificate is asked for; or there is no token, and Host is neither an address nor localhost.',
  404: 'There is no such path.',
  405: 'There is no such method here.',
};
const EVENT_STREAM = 'text/event-stream';

export function openApiDocument(): unknown {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const endpoint of ENDPOINTS) {
    paths[endpoint.path] = { ...paths[endpoint.path], [endpoint.method]: operation(endpoint) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'callfate',
      version: VERSION,
      summary: 'How every SIP call ended, why, and on what evidence.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    security: securityOf('token'),
    paths,
    components: {
      schemas: {
        ...Object.fromEntries(
          Object.entries({ ...ANSWERS, Problem: PROBLEM }).map(([name, type]) => [
            name,
            schema(type),
          ]),
        ),
        ...Object.fromEntries(
          Object.entries(EVENTS).map(([name, type]) => [`Event_${name}`, schema(type)]),
        ),
      },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'http.token, when it is set.' },
        contextToken: {
          type: 'http',
          scheme: 'bearer',
          description: 'context.api.token, when it is set.',
        },
        certificate: { type: 'mutualTLS', description: 'When http.tls.caFile is set.' },
      },
    },
  };
}

function schema(type: z.ZodType): unknown {
  const { $schema: _, ...rest } = z.toJSONSchema(type);
  return rest;
}

function securityOf(token: 'token' | 'contextToken') {
  return [{ [token]: [] }, { certificate: [] }, {}];
}

function operation(endpoint: Endpoint) {
  const { id, path, summary, description, parameters, answer, problems, security } = endpoint;
  const inPath = path.includes('{id}')
    ? [{ name: 'id', in: 'path', required: true, schema: { type: 'string', maxLength: 128 } }]
    : [];
  return {
    operationId: id,
    summary,
    description,
    parameters: [...inPath, ...parameters.map(parameterOf)],
    ...(id === 'tellContext' ? { requestBody: CLOUD_EVENTS } : {}),
    ...(security === undefined ? {} : { security: securityOf(security) }),
    responses: {
      200: { description: summary, content: contentOf(answer) },
      ...Object.fromEntries(
        Object.entries({ ...EVERYWHERE, ...problems }).map(([status, words]) => [
          status,
          {
            description: words,
            content: endpoint.answered?.includes(Number(status))
              ? contentOf(answer)
              : { 'application/problem+json': reference('Problem') },
          },
        ]),
      ),
    },
  };
}

const CLOUD_EVENTS = {
  required: true,
  content: {
    'application/cloudevents+json': { schema: { type: 'object' } },
    'application/cloudevents-batch+json': { schema: { type: 'array', items: { type: 'object' } } },
  },
};

function contentOf(answer: AnswerName) {
  return answer === 'Events'
    ? { [EVENT_STREAM]: reference(answer) }
    : { 'application/json': reference(answer) };
}

function reference(name: string) {
  return { schema: { $ref: `#/components/schemas/${name}` } };
}

function parameterOf(row: Parameter) {
  const { name, description, required = false } = row;
  return { name, in: 'query', required, description, schema: valueSchema(row) };
}

function valueSchema(row: Parameter) {
  switch (row.kind) {
    case 'word':
      return {
        type: 'string',
        enum: row.choices,
        ...(row.fallback === undefined ? {} : { default: row.fallback }),
      };
    case 'reason':
      return { type: 'string', enum: REASONS.map(({ id }) => id) };
    case 'text':
      return {
        type: 'string',
        minLength: 1,
        maxLength: row.maxLength,
        ...(row.pattern === undefined ? {} : { pattern: row.pattern }),
      };
    case 'time':
      return { type: 'string', format: 'date-time' };
    case 'integer':
      return { type: 'integer', minimum: row.min, maximum: row.max, default: row.fallback };
  }
}
