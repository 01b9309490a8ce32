import { z } from 'zod';
import type { NftablesTerms } from '../../model/isolation-terms.js';
import { IsolationError } from '../error.js';
import { said, type Shell } from '../shell.js';
import type { Gateway } from './judge.js';
import { networkOf } from './networks.js';

const links = z.array(
  z.looseObject({ ifname: z.string(), addr_info: z.array(z.looseObject({ local: z.string().optional() })).default([]) }),
);
const routes = z.array(z.looseObject({ dev: z.string().optional() }));

export interface Facts extends Gateway {
  /** The gateway's own addresses. */
  readonly addresses: readonly string[];
}

/** Reads what rules are judged by. */
export async function readFacts(shell: Shell, terms: NftablesTerms): Promise<Facts> {
  const present = await json(shell, ['ip', '-j', 'address', 'show'], links);
  return {
    interfaces: terms.interfaces,
    present: present.map(({ ifname }) => ifname),
    addresses: present.flatMap(({ addr_info }) => addr_info.flatMap(({ local }) => local ?? [])),
    login: terms.ssh === null ? null : await readLogin(shell),
  };
}

async function readLogin(shell: Shell): Promise<Gateway['login']> {
  const { exitCode, stdout } = await shell.run(['printenv', 'SSH_CONNECTION'], { asLogin: true });
  const from = stdout.toString('latin1').split(/[\s%]/)[0] ?? '';
  if (exitCode !== 0 || networkOf(from) === null) return null;
  const [route] = await json(shell, ['ip', '-j', 'route', 'get', from], routes);
  return { from, through: route?.dev ?? '' };
}

/**
 * Whether the gateway opens connections to the inside itself: it is where our worker runs, or one of its addresses is listed by itself. A network
 * of responders that it has a leg in does not make it one.
 */
export function gatewayResponds(terms: NftablesTerms, responders: readonly string[], { addresses }: Facts): boolean {
  const listed = responders.flatMap((text) => networkOf(text) ?? []);
  const own = addresses.flatMap((text) => networkOf(text) ?? []);
  return terms.ssh === null || own.some(({ text }) => listed.some((network) => network.text === text));
}

async function json<T>(shell: Shell, argv: readonly string[], schema: z.ZodType<T>): Promise<T> {
  const { exitCode, stdout, stderr } = await shell.run(argv);
  if (exitCode !== 0) throw new IsolationError('ENFORCER_UNREADABLE', `${argv.join(' ')} failed: ${said(stderr)}`);
  try {
    return schema.parse(JSON.parse(stdout.toString('utf8')));
  } catch (cause) {
    throw new IsolationError('ENFORCER_UNREADABLE', `${argv.join(' ')} answered what cannot be read`, cause);
  }
}
