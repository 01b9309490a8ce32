import type { Claim, Send } from '../model/operation.js';
import { isObject, textAt } from '../redfish/json.js';
import { downloadPath } from '../redfish/download-path.js';
import { taskOf, type Task } from '../redfish/tasks.js';
import { keepFile } from '../steps/recording.js';
import type { Reader } from '../steps/reader.js';
import { claimKey, type SentAnswer } from '../store/claims.js';
import { isNo, isYes, sendOnce, type Bench, type Look, type Prepared } from './bench.js';
import { allHold, readingOnce } from './conditions.js';
import { refuse } from './error.js';
import { preserve } from './preserve.js';
import { freshEntries, seenOf, witnessesNow, type Witnesses } from './witnesses.js';

type Request = Send & { kind: 'redfish' };

/**
 * An act of which no state of the device tells whether it was done: a dump. The claim remembers every task and log entry there is, so that
 * only new ones bear witness. Never `already`. What it will overwrite is brought home and sealed first.
 */
export async function prepareAct(bench: Bench, send: Request): Promise<Prepared> {
  const { operation } = bench;
  const reader = readingOnce(bench.reader('before-claim'));
  if (!(await allHold(operation.before, reader)))
    refuse('PRECONDITION_FAILED', `${send.uri} is no longer as the plan saw it; plan again and let the lead see the difference`);
  const before = await witnessesNow(reader, send.uri);
  requireWitness(bench, before);
  await preserve(bench, send, before);
  return {
    seen: seenOf(before),
    act: async () => {
      const left = await sendOnce(bench, null, { method: send.method, uri: send.uri, body: send.body, ifMatch: null });
      return left ? observeAct(bench, send) : { is: 'failed', code: 'NOT_SENT' };
    },
  };
}

/** What could never be seen to be done is not begun. */
function requireWitness({ operation: { n, proof } }: Bench, { tasks, entries }: Witnesses): void {
  const isThere = proof.by === 'act' && (proof.witness === 'task' ? tasks !== null : entries !== null);
  if (!isThere)
    refuse('PRECONDITION_FAILED', `operation ${String(n)} needs a witness, and this BMC lists no tasks or entries that could be one`);
}

/**
 * Looks for a witness that the claim had not seen, and brings home what it points to: only with the result in evidence it is done. A task
 * that runs is progress; one that is gone leaves the log entry to look for.
 */
export async function observeAct(bench: Bench, send: Request): Promise<Look> {
  const { order, claims } = bench;
  const { answer } = await claims.tries(order, null);
  if (isNo(answer?.status)) return { is: 'failed', code: `HTTP_${String(answer.status)}` };
  const seen = (await claims.find(order, null))?.seen ?? {};
  const reader = readingOnce(bench.reader('observe'));
  const known = await namedTask(reader, answer, seen);
  if (known?.state === 'running') return running(known);
  const now = await witnessesNow(reader, send.uri);
  const task = known ?? (await foundTask(reader, send, answer, seen, now));
  if (task?.state === 'running') return running(task);
  if (task !== null) await recordEnd(bench, task);
  if (task?.state === 'failed') return { is: 'failed', code: FAILURES.get(task.said) ?? 'TASK_FAILED' };
  const files = filesOf(send, seen, now, task, answer);
  const witnessed = files !== null || task !== null;
  if (files === null || files.length === 0)
    // A task that says it is done, or an entry without an attachment, is no result yet, and after the last look it is none.
    return { is: 'unsettled', shown: witnessed, acknowledged: witnessed, code: 'RESULT_MISSING' };
  for (const file of files) {
    const status = await keepFile(bench.connection, bench.series, 'dump', file);
    if (!isYes(status)) return { is: 'unsettled', shown: true, acknowledged: true, code: `RESULT_HTTP_${String(status)}` };
  }
  return { is: 'done' };
}

const FAILURES: ReadonlyMap<string, string> = new Map([
  ['Exception', 'TASK_EXCEPTION'],
  ['Killed', 'TASK_KILLED'],
  ['Cancelled', 'TASK_CANCELLED'],
]);
/** Of one act; more new entries than that are somebody else's too. */
const FILES = 8;
/** Of one look: tasks that are new and may be ours. */
const CANDIDATES = 8;

function running({ uri, said, percent }: Task): Look {
  return { is: 'running', progress: `${uri} is ${said}${percent === null ? '' : ` at ${String(percent)} %`}` };
}

/** What the task said at its end, beside the captures that show it. */
async function recordEnd({ order, series }: Bench, { uri, said, percent, messageIds }: Task): Promise<void> {
  await series.record('operation.observed', { claim: claimKey(order, null), uri, state: said, percent, messages: messageIds.join(' ') });
}

/** The task that the answer's body was: one read a look while it runs. */
async function namedTask(reader: Reader, answer: SentAnswer | null, seen: Claim['seen']): Promise<Task | null> {
  const uri = answer?.resource ?? null;
  return uri === null || seen.task?.includes(uri) === true ? null : taskOf(await reader.get(uri));
}

/** Location is a monitor, so only its last part is used; else what the task says it was asked for, else there is just one that is new. */
async function foundTask(
  reader: Reader,
  { uri }: Request,
  answer: SentAnswer | null,
  seen: Claim['seen'],
  now: Witnesses,
): Promise<Task | null> {
  const fresh = (now.tasks ?? []).filter((one) => seen.task?.includes(one) !== true);
  const named = fresh.find((one) => lastPart(one) === lastPart(answer?.location ?? ''));
  if (named !== undefined) return taskOf(await reader.get(named));
  const tasks: Task[] = [];
  for (const one of fresh.slice(0, CANDIDATES)) {
    const task = taskOf(await reader.get(one));
    if (task !== null) tasks.push(task);
  }
  const ours = tasks.find(({ target }) => target === uri);
  const silent = tasks.filter(({ target }) => target === null);
  const names = new Set(silent.map((task) => lastPart(task.uri)));
  return ours ?? (names.size === 1 && fresh.length <= CANDIDATES ? (silent[0] ?? null) : null);
}

/** Paths of the result: new entries first, then what the task names, then what the answer itself names. Null without any witness. */
function filesOf(
  send: Request,
  seen: Claim['seen'],
  now: Witnesses,
  task: Task | null,
  answer: SentAnswer | null,
): readonly string[] | null {
  const kind = isObject(send.body) ? textAt(send.body, 'DiagnosticDataType') : undefined;
  const entries = freshEntries(now, seen).filter((entry) => entry.kind === null || kind === undefined || entry.kind === kind);
  if (entries.length > 0) return entries.flatMap(({ file }) => file ?? []).slice(0, FILES);
  const named = (task?.results ?? []).filter((path) => !POINTER.test(path));
  if (named.length > 0) return named;
  const result = isYes(answer?.status) && task === null ? downloadPath(answer?.location ?? '') : null;
  return result === null || POINTER.test(result) ? null : [result];
}

/** Resources that lead to a result and are none. */
const POINTER = /\/(?:tasks|jobs|entries)\/[^/]+$/i;

function lastPart(uri: string): string {
  return uri.split('/').at(-1) ?? '';
}
