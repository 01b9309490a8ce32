import type { Series } from '../../evidence/types.js';
import { time } from '../../model/json.js';
import type { Connection } from '../../redfish/types.js';
import type { Served } from '../planning.js';

/** Puts what the handshake showed into evidence, as a look without a login does. The caller commits. */
export async function stageServed(series: Pick<Series, 'stage'>, { tls, peer }: Pick<Connection, 'tls' | 'peer'>): Promise<Served> {
  const now = time(Date.now());
  const captures = [];
  for (const [place, body] of tls.chain.entries()) {
    const uri = `tls:/certificate/${String(place)}`;
    const answer = { uri, answeredBy: uri, status: null, headers: {}, body, json: null, startedAt: now, endedAt: now, peer };
    captures.push({ uri, capture: await series.stage({ purpose: 'plan', class: null, answer }) });
  }
  const [own] = captures;
  if (own === undefined || own.capture === null) throw new RangeError('a handshake that was taken showed a certificate');
  return { chain: tls.chain, version: tls.version, shown: { uri: own.uri, capture: own.capture } };
}
