import type { Series } from '../evidence/types.js';
import type { EvidenceClass } from '../model/effect.js';
import { linkAt } from '../redfish/json.js';
import type { Answer, Connection } from '../redfish/types.js';
import { recordingGet } from './recording.js';
import { collection, document, startRound, type Gap, type Round } from './triage/reading.js';
import { readLogs } from './triage/logs.js';

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
 * Reads what dies first, in that order: sessions, tasks, accounts, subscriptions, then the logs, those of who did what before all others.
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
    for (const look of [sessions, tasks, accounts, subscriptions, managers, logs]) {
      await look(round, root);
      await series.commit();
    }
  } catch (error) {
    await series.commit();
    throw error;
  }
  const classes = CLAIMED.filter((known) => !round.gaps.some((gap) => gap.class === known));
  if (classes.length > 0) await series.markComplete(classes);
  return { classes, reads: round.reads, gaps: round.gaps };
}

async function sessions(round: Round, root: Answer | null): Promise<void> {
  const service = await linked(round, root, 'sessions', 'SessionService');
  const uri = (service === null ? null : linkAt(service, 'Sessions')) ?? link(root, 'Links', 'Sessions');
  await collection(round, uri, 'sessions');
}

/** Tasks die with the BMC, and are dropped as new ones come. */
async function tasks(round: Round, root: Answer | null): Promise<void> {
  const taskService = await optional(round, root, 'Tasks');
  if (taskService !== null) await collection(round, linkAt(taskService, 'Tasks'), 'volatile-logs');
  const jobService = await optional(round, root, 'JobService');
  if (jobService !== null) await collection(round, linkAt(jobService, 'Jobs'), 'volatile-logs');
}

async function accounts(round: Round, root: Answer | null): Promise<void> {
  const service = await linked(round, root, 'accounts', 'AccountService');
  const members = await collection(round, link(service, 'Accounts'), 'accounts');
  for (const account of members) {
    const keys = linkAt(account, 'Keys');
    if (keys !== null) await collection(round, keys, 'accounts');
  }
  await collection(round, link(service, 'Roles'), 'accounts');
}

async function subscriptions(round: Round, root: Answer | null): Promise<void> {
  const service = await optional(round, root, 'EventService');
  if (service !== null) await collection(round, linkAt(service, 'Subscriptions'), 'configuration');
}

async function managers(round: Round, root: Answer | null): Promise<void> {
  for (const manager of await collection(round, link(root, 'Managers'), 'configuration')) {
    const protocols = linkAt(manager, 'NetworkProtocol');
    if (protocols !== null) await document(round, protocols, 'configuration');
  }
}

async function logs(round: Round, root: Answer | null): Promise<void> {
  const owners = [
    ...(await collection(round, link(root, 'Managers'), 'configuration')),
    ...(await collection(round, link(root, 'Systems'), 'configuration')),
  ];
  const services = owners.map((owner) => linkAt(owner, 'LogServices')).filter((uri) => uri !== null);
  await readLogs(round, [...new Set(services)]);
}

/** A service without which its class cannot be read. */
async function linked(round: Round, from: Answer | null, of: EvidenceClass, name: string): Promise<Answer | null> {
  return document(round, link(from, name), of);
}

async function optional(round: Round, from: Answer | null, name: string): Promise<Answer | null> {
  const uri = link(from, name);
  return uri === null ? null : document(round, uri, 'configuration');
}

function link(from: Answer | null, ...path: readonly string[]): string | null {
  return from === null ? null : linkAt(from, ...path);
}
