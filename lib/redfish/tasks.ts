import type { Json } from '../model/json.js';
import { plain } from '../model/text.js';
import { downloadPath } from './download-path.js';
import { at, isList, textAt } from './json.js';
import type { Answer } from './types.js';
import { canonicalUri } from './uri.js';

/** What a Task (DSP0268 TaskState), a standard Job or a Dell job (both JobState) says of itself. Self-reported and bounded. */
export interface Task {
  readonly uri: string;
  /** A state that no list here has counts as running: whoever waits is bounded anyway. */
  readonly state: 'running' | 'completed' | 'failed';
  /** The state in the BMC's own word. */
  readonly said: string;
  readonly percent: number | null;
  readonly messageIds: readonly string[];
  /** What was asked for, as `Payload.TargetUri` says; null where the BMC does not tell. */
  readonly target: string | null;
  /** Resources and files that it names as its result, in the order in which they are told. */
  readonly results: readonly string[];
}

const COMPLETED: ReadonlySet<string> = new Set(['Completed', 'CompletedWithErrors']);
const FAILED: ReadonlySet<string> = new Set(['Exception', 'Killed', 'Cancelled', 'Failed', 'RebootFailed', 'Invalid', 'UserIntervention']);
const MESSAGES = 16;
const CHARACTERS = 120;
const RESULTS = 8;

/** Null when the answer is no task or job. Never ask a task's monitor: reading it can delete the task (XCC) or is answered once (bmcweb). */
export function taskOf({ uri, status, json, headers }: Pick<Answer, 'uri' | 'status' | 'json' | 'headers'>): Task | null {
  const body = json ?? undefined;
  const said = textAt(body, 'TaskState') ?? textAt(body, 'JobState');
  if (status !== 200 || said === undefined) return null;
  const percent = at(body, 'PercentComplete');
  const target = textAt(body, 'Payload', 'TargetUri');
  return {
    uri,
    state: stateOf(said, textAt(body, 'TaskStatus')),
    said: plain(said, CHARACTERS),
    percent: typeof percent === 'number' && percent >= 0 && percent <= 100 ? percent : null,
    messageIds: listAt(body, 'Messages')
      .slice(0, MESSAGES)
      .flatMap((message) => plain(textAt(message, 'MessageId') ?? '', CHARACTERS) || []),
    target: target === undefined ? null : canonicalUri(target, uri),
    results: resultsOf(body, headers),
  };
}

/** bmcweb ends a task that failed as Completed, with TaskStatus Critical. */
function stateOf(said: string, health: string | undefined): Task['state'] {
  if (FAILED.has(said)) return 'failed';
  if (!COMPLETED.has(said)) return 'running';
  return said === 'Completed' && health === 'Critical' ? 'failed' : 'completed';
}

/**
 * Where the result lies: the Location of the task's own answer (Dell), of the first operation's (bmcweb, in Payload.HttpHeaders), the
 * property of XCC 3, or the path of XCC 1 and 2.
 */
function resultsOf(body: Json | undefined, headers: Answer['headers']): string[] {
  const replayed = listAt(body, 'Payload', 'HttpHeaders').flatMap((line) =>
    typeof line === 'string' ? (LOCATION.exec(line)?.[1] ?? []) : [],
  );
  const told = [
    headers['location'],
    ...replayed,
    textAt(body, 'AdditionalDataURI'),
    textAt(body, 'Oem', 'Lenovo', 'FFDCForDownloading', 'Path'),
  ];
  const paths = told.flatMap((link) => (link === undefined ? [] : (downloadPath(link) ?? [])));
  return [...new Set(paths)].slice(0, RESULTS);
}

const LOCATION = /^location:\s*(\S+)$/i;

function listAt(json: Json | undefined, ...path: readonly string[]): readonly Json[] {
  const value = at(json, ...path);
  return isList(value) ? value : [];
}
