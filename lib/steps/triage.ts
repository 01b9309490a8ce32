import type { Series } from '../evidence/types.js';
import type { EvidenceClass } from '../model/effect.js';
import { linkAt } from '../redfish/json.js';
import type { Answer, Connection } from '../redfish/types.js';
import { recordingGet } from './recording.js';
import { expandQueryOf } from './triage/expand.js';
import { readLogs } from './triage/logs.js';
import { LOG_OWNERS, ORDER, type Look } from './triage/order.js';
import { collection, document, startRound, type Gap, type Round } from './triage/reading.js';

export interface Triage {
  /** Classes of which everything that the BMC shows was read: these unlock what would destroy them. */
  readonly classes: readonly EvidenceClass[];
  readonly reads: number;
  /** What was not read, and why; each keeps its class from counting. */
  readonly gaps: readonly Gap[];
}

/** The classes that a triage can bring home. Of logs and configuration it reads a part. */
const CLAIMED: readonly EvidenceClass[] = ['sessions', 'accounts', 'volatile-logs'];

/**
 * Reads what dies first, in the order of volatility ({@link ORDER}), then the logs, those of who did what before all others.
 * Everything is found from the service root. Bounded in reads. Every answer is evidence of `series`, committed piece by piece, and the
 * classes that are complete are recorded. Throws when the BMC is lost; what was read until then is committed.
 */
export async function triage(
  connection: Pick<Connection, 'get' | 'peer'>,
  series: Pick<Series, 'stage' | 'commit' | 'markComplete'>,
): Promise<Triage> {
  const round = startRound(recordingGet(connection, series, 'triage'));
  try {
    const root = await document(round, '/redfish/v1', null);
    round.expand = expandQueryOf(root);
    for (const look of ORDER) {
      await take(round, root, look);
      await series.commit();
    }
    await logs(round, root);
    await series.commit();
  } catch (error) {
    await series.commit();
    throw error;
  }
  const classes = CLAIMED.filter((known) => !round.gaps.some((gap) => gap.class === known));
  if (classes.length > 0) await series.markComplete(classes);
  return { classes, reads: round.reads, gaps: round.gaps };
}

async function take(round: Round, root: Answer | null, look: Look): Promise<void> {
  const uri = await collectionOf(round, root, look);
  const offered = look.needed || link(root, look.service ?? look.collection) !== null;
  if (uri === null && !offered) return;
  for (const member of await collection(round, uri, look.of))
    for (const { link, is } of look.each) {
      const to = linkAt(member, link);
      if (to !== null) await (is === 'collection' ? collection : document)(round, to, look.of);
    }
}

/** Where a look begins; null when the BMC does not say. */
async function collectionOf(
  round: Round,
  root: Answer | null,
  { of, service, collection: name, otherwise, needed }: Look,
): Promise<string | null> {
  if (root === null || service === null) return link(root, name);
  const uri = link(root, service);
  const holder = uri === null && !needed ? null : await document(round, uri, of);
  return link(holder, name) ?? (otherwise === null ? null : link(root, otherwise));
}

async function logs(round: Round, root: Answer | null): Promise<void> {
  const services: string[] = [];
  for (const name of LOG_OWNERS)
    for (const owner of await collection(round, link(root, [name]), 'configuration')) {
      const uri = linkAt(owner, 'LogServices');
      if (uri !== null) services.push(uri);
    }
  await readLogs(round, [...new Set(services)]);
}

function link(from: Answer | null, path: readonly string[]): string | null {
  return from === null ? null : linkAt(from, ...path);
}
