import type { Finding } from '../../model/finding.js';
import type { Json } from '../../model/json.js';
import type { Operation, Send } from '../../model/operation.js';
import { destroysOf, effectOf } from '../../operations/effect.js';
import { at, isObject, linkAt, textAt } from '../../redfish/json.js';
import { taskOf } from '../../redfish/tasks.js';
import { canonicalUri } from '../../redfish/uri.js';
import { JOB_QUEUES, UPDATE_QUEUES } from '../../redfish/vendors/dumps.js';
import { canonical } from '../../trust/canonical.js';
import { isGone, listMembers } from '../collection.js';
import { StepError } from '../error.js';
import { finding, quoted, type Proposal, type Survey } from '../planning.js';
import type { Reading } from '../reader.js';
import type { Ground } from './ground.js';
import { LIMIT_MS, takes } from './setting.js';

/**
 * What waits to happen on the BMC: jobs, update queues, staged settings. Reading makes each of them evidence; a job that waits is cancelled where
 * the BMC offers a way that touches this one alone, and never a whole queue. A job that runs is left alone: half a firmware is worse.
 */
export async function cancelPending(survey: Survey, ground: Ground): Promise<Proposal> {
  const findings: Finding[] = [];
  const operations: Omit<Operation, 'n'>[] = [];
  const seen = new Set<string>();
  for (const queue of await queuesOf(survey, ground)) {
    const { jobs, problem } = await jobsIn(survey, queue, seen);
    if (problem !== null) findings.push(finding(survey, 'PENDING_JOB', ground.root, problem, queue));
    for (const job of jobs) {
      const state = job.status === 200 ? stateOf(job) : null;
      if (state?.is === 'ended') continue;
      const send = state?.is === 'waiting' ? await cancelling(survey, ground, job) : null;
      if (send !== null && state !== null) operations.push(cancel(job, state, send));
      findings.push(finding(survey, 'PENDING_JOB', job, adviceOn(job, state, send !== null)));
    }
  }
  return { operations, findings: [...findings, ...(await stagedSettings(survey, ground))] };
}

interface State {
  readonly is: 'waiting' | 'running' | 'ended';
  /** Where it says so, and its own word. */
  readonly property: string;
  readonly said: string;
}

const WAITING: ReadonlySet<string> = new Set([
  'New',
  'Pending',
  'Suspended',
  // Dell.
  'Scheduled',
  'Downloaded',
  'Waiting',
  'ReadyForExecution',
  'PendingActivation',
  'RebootPending',
]);
/** What an update queue of HPE says of an item that is through. */
const ENDED: ReadonlySet<string> = new Set(['Complete', 'Exception', 'Expired', 'RebootCompleted']);

function stateOf(job: Reading): State | null {
  for (const property of ['TaskState', 'JobState', 'State']) {
    const said = textAt(job.json ?? undefined, property);
    if (said === undefined) continue;
    const task = taskOf(job);
    const ended = ENDED.has(said) || (task !== null && task.state !== 'running');
    return { is: ended ? 'ended' : WAITING.has(said) ? 'waiting' : 'running', property, said };
  }
  return null;
}

/** A maker's own queue first: the same job may stand in others under another state. */
async function queuesOf({ reader }: Survey, { root, managers }: Ground): Promise<readonly string[]> {
  const below = async (service: string, path: readonly string[]): Promise<string | null> => {
    const uri = linkAt(root, service);
    return uri === null ? null : linkAt(await reader.get(uri), ...path);
  };
  const queues = [
    ...managers.flatMap((manager) => JOB_QUEUES.map((path) => linkAt(manager, ...path))),
    ...(await Promise.all(UPDATE_QUEUES.map((path) => below('UpdateService', path)))),
    await below('JobService', ['Jobs']),
    await below('Tasks', ['Tasks']),
  ];
  return [...new Set(queues.filter((queue) => queue !== null))];
}

interface Jobs {
  readonly jobs: readonly Reading[];
  /** Why they are not known. */
  readonly problem: string | null;
}

/** Each job once, by the name that all queues give it; `seen` remembers. */
async function jobsIn({ reader }: Survey, queue: string, seen: Set<string>): Promise<Jobs> {
  const listed = await listMembers(reader, queue).catch((error: unknown) => {
    if (error instanceof StepError && error.code === 'UNREADABLE') return error.message;
    throw error;
  });
  if (typeof listed === 'string') return { jobs: [], problem: `${listed}: take it for planned against you` };
  const jobs: Reading[] = [];
  for (const uri of listed.members) {
    const name = jobId(uri) ?? uri;
    if (seen.has(name)) continue;
    seen.add(name);
    const job = await reader.get(uri);
    if (!isGone(job.status)) jobs.push(job);
  }
  return { jobs, problem: null };
}

/** Dell's. */
function jobId(uri: string): string | null {
  return /\/(JID_\d{6,20})$/.exec(uri)?.[1] ?? null;
}

/** A request that cancels this one job; null where the BMC offers none that is known to do nothing else. */
async function cancelling({ reader }: Survey, { known }: Ground, job: Reading): Promise<Send | null> {
  const id = jobId(job.uri);
  for (const uri of id === null ? [] : known('/redfish/v1/Managers/*/Oem/Dell/DellJobService')) {
    const service = await reader.get(uri);
    const target = textAt(service.json ?? undefined, 'Actions', '#DellJobService.DeleteJobQueue', 'target');
    const action = target === undefined ? null : canonicalUri(target, uri);
    if (action === `${uri}/Actions/DellJobService.DeleteJobQueue`)
      return { kind: 'redfish', method: 'POST', uri: action, body: { JobID: id } };
  }
  const send: Send = { kind: 'redfish', method: 'DELETE', uri: job.uri, body: null };
  return takes(job, 'DELETE', false) && effectOf(send) === 'change' ? send : null;
}

function cancel(job: Reading, { property, said }: State, send: Send): Omit<Operation, 'n'> {
  return {
    version: 1,
    send,
    line: `cancel ${describe(job)} at ${job.uri}, which is ${quoted(said)}; nothing brings it back`,
    limitMs: LIMIT_MS,
    // Should it have begun meanwhile, it is not touched.
    before: [{ uri: job.uri, pointer: `/${property}`, equals: said }],
    after: [{ uri: job.uri, absent: true }],
    proof: { by: 'state' },
    destroys: destroysOf(send),
    impact: 'none',
    undo: null,
  };
}

function adviceOn(job: Reading, state: State | null, cancelled: boolean): string {
  if (state === null) return `${job.uri} answers ${String(job.status)} and does not say what it is; take it for planned against you`;
  const what = `${describe(job)} is ${quoted(state.said)}`;
  if (cancelled) return `${what}; this plan cancels it: find out who made it`;
  if (state.is === 'running')
    return `${what} and is not stopped, since half of its work could be worse; find out who made it, and wait for it`;
  return `${what}, and the BMC offers no way to cancel it alone; find out who made it before the server or the BMC is reset`;
}

function describe({ json, uri }: Reading): string {
  return `job ${quoted(textAt(json ?? undefined, 'Name') ?? uri.split('/').at(-1) ?? '')}`;
}

/** Settings that wait for the next reset of the host: those that differ from what is in force. */
async function stagedSettings({ reader, ...survey }: Survey, { systems }: Ground): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const system of systems) {
    const uri = linkAt(system, 'Bios');
    const bios = uri === null ? null : await reader.get(uri);
    const staging = bios === null ? null : linkAt(bios, '@Redfish.Settings', 'SettingsObject');
    if (bios === null || staging === null) continue;
    const staged = await reader.get(staging);
    const names = differing(at(bios.json ?? undefined, 'Attributes'), at(staged.json ?? undefined, 'Attributes'));
    if (names.length === 0) continue;
    const some = names.slice(0, 5).map((name) => quoted(name));
    const advice = `${String(names.length)} settings of the host wait for its next reset, ${some.join(', ')} among them; find out who staged them before it is reset`;
    findings.push(finding(survey, 'STAGED_SETTINGS', staged, advice));
  }
  return findings;
}

function differing(now: Json | undefined, staged: Json | undefined): readonly string[] {
  if (!isObject(staged)) return [];
  return Object.entries(staged)
    .filter(([name, value]) => canonical(at(now, name) ?? null) !== canonical(value))
    .map(([name]) => name);
}
