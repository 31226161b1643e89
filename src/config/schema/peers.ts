/** Keys of peers, stage rules and groups of numbers. */
import { z } from 'zod';
import { CONTEXT_NAMES, CONTEXT_STAGES } from '../../context/kinds.ts';
import { PEER_ROLES } from '../../lib/peer-roles.ts';
import { parseCidr } from '../cidr.ts';
import { OTHER_PEER, PEER_NAME, pattern } from './values.ts';

export const peer = z
  .strictObject({
    name: z
      .string()
      .regex(
        PEER_NAME,
        'is no peer name; use 1 to 63 letters, digits, _ . or -, the first a letter or digit',
      )
      .refine((value) => value.toLowerCase() !== OTHER_PEER, {
        error: 'is reserved for addresses that no peer claims; choose another name',
      })
      .meta({ description: 'Value of the label peer. Unique, upper and lower case alike.' }),
    role: z.enum(PEER_ROLES).meta({ description: 'What it is; decides direction and stage.' }),
    hosts: z.array(pattern()).max(64).default([]).meta({
      description:
        'Hosts in the Request-URI of whom is called, in From of who calls; * stands for any text.',
    }),
    users: z.array(pattern()).max(64).default([]).meta({
      description:
        'User parts in the Request-URI of whom is called, in From of who calls; * stands for any text.',
    }),
    addresses: z
      .array(
        z.string().check((context) => {
          const parsed = parseCidr(context.value);
          if (parsed.ok) return;
          context.issues.push({ code: 'custom', message: parsed.error, input: context.value });
        }),
      )
      .max(1024)
      .default([])
      .meta({
        description:
          'IP addresses and networks (CIDR). The longest prefix wins. With hosts or users, all that is given must fit.',
      }),
  })
  .check((context) => {
    const { addresses, hosts, users } = context.value;
    if (addresses.length + hosts.length + users.length > 0) return;
    context.issues.push({
      code: 'custom',
      message: 'names no address, host or user; add addresses, hosts or users',
      input: context.value,
    });
  });

export const stageRule = z
  .strictObject({
    in: z.enum(['invite', 'progress', 'answer', 'bye']).meta({
      description:
        'The message: INVITE, provisional response, 2xx to the INVITE, BYE or the 2xx to it.',
    }),
    status: z.int().min(100).max(299).nullable().default(null).meta({
      description: 'Status of the response. null: any.',
    }),
    role: z.enum(PEER_ROLES).nullable().default(null).meta({
      description: 'Role of the peer that is called, or that answers. null: any.',
    }),
    uri: pattern()
      .nullable()
      .default(null)
      .meta({ description: 'Pattern of the whole Request-URI, * for any text. null: any.' }),
    header: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,64}$/, 'is no header name; write History-Info')
      .nullable()
      .default(null)
      .meta({ description: 'Header that the message must have. null: none.' }),
    value: pattern()
      .nullable()
      .default(null)
      .meta({ description: "Pattern of that header's value, * for any text. null: any." }),
    fact: z
      .enum(CONTEXT_NAMES.filter((name) => name !== 'refused.refused'))
      .meta({ description: 'What the call then has, see docs/context.md.' }),
    name: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'is no name; use letters, digits, _ . or -')
      .nullable()
      .default(null)
      .meta({ description: 'Name of the stage or component. null: none.' }),
  })
  .check((context) => {
    const wrong = wrongStageRule(context.value);
    if (wrong === null) return;
    const [key, message] = wrong;
    const path = key === null ? [] : [key];
    const input = key === null ? context.value : context.value[key];
    context.issues.push({ code: 'custom', message, input, path });
  });

interface StageRuleKeys {
  readonly in: string;
  readonly status: number | null;
  readonly role: string | null;
  readonly uri: string | null;
  readonly header: string | null;
  readonly value: string | null;
  readonly fact: string;
  readonly name: string | null;
}

/** What does not fit together in a stage rule: the key, and what to do. */
function wrongStageRule(
  rule: StageRuleKeys,
): readonly [key: keyof StageRuleKeys | null, message: string] | null {
  const { status, role, uri, header, value, fact, name } = rule;
  if ((status ?? role ?? uri ?? header) === null) {
    return [null, 'holds for every message; add status, role, uri or header'];
  }
  if (uri !== null && rule.in !== 'invite')
    return ['uri', 'is read of an INVITE only; set in: invite'];
  if (role !== null && rule.in === 'bye') return ['role', 'is of who was called; set in: answer'];
  if (status !== null && rule.in === 'invite')
    return ['status', 'is of responses; set in: progress'];
  if (value !== null && header === null) return ['value', 'belongs to a header; add header'];
  const isStage = fact.startsWith('stage.');
  if (isStage && !CONTEXT_STAGES.some((stage) => stage === name)) {
    return ['name', `is no stage; write one of ${CONTEXT_STAGES.join(', ')}`];
  }
  return null;
}

export const prefix = z.strictObject({
  name: z
    .string()
    .regex(
      PEER_NAME,
      'is no name; use 1 to 63 letters, digits, _ . or -, the first a letter or digit',
    )
    .refine((value) => value.toLowerCase() !== OTHER_PEER, {
      error: 'is reserved for numbers that no group lists; choose another name',
    })
    .meta({ description: 'Value of the label prefix. Unique, upper and lower case alike.' }),
  starts: z
    .array(z.string().regex(/^\+?[0-9*#]{1,20}$/, 'is no start of a number; write +49 or 0049'))
    .min(1)
    .max(64)
    .meta({ description: 'How numbers of this group begin in the Request-URI. The longest wins.' }),
});
