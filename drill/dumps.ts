import { keyOf } from './content.js';
import type { FaultName } from './faults/faults.js';
import { at, memberUris, parseObject, textAt, withMembers, type JsonObject } from './json.js';
import type { Log } from './log.js';
import { bytesReply, emptyReply, jsonReply, messageReply, type Reply } from './reply.js';
import type { Resources } from './resources.js';

const TASKS = '/redfish/v1/TaskService/Tasks';
const MONITORS = '/redfish/v1/TaskService/TaskMonitors';
/** How often a task is looked at before it has ended: reads and not time, so that no test waits for a clock. */
const LOOKS = 2;
const FILE_BYTES = 96 * 1024;

interface Task {
  readonly id: string;
  /** What was asked for, as the request spelled it. */
  readonly target: string;
  readonly fault: FaultName | null;
  /** Whether its work is done, however often it was looked at. */
  readonly ready: (looks: number) => boolean;
  /** Makes the result and returns where it lies; null where there is nothing to fetch. */
  readonly finish: () => string | null;
  /** What the request would have been answered at once; null: nothing but that it is done. */
  readonly answer: Reply | null;
  looks: number;
  ended: boolean;
  result: string | null;
  gone: boolean;
  monitorAnswered: boolean;
}

/**
 * The dumps of one emulated BMC. An action makes a task; when it has ended there is a new entry with an attachment (CollectDiagnosticData), or a
 * file that the task's own answer points to (Dell). The monitor is answered once after the end: 204 (bmcweb), or the task goes with it (XCC).
 */
export class Dumps {
  readonly #resources: Resources;
  readonly #logs: readonly Log[];
  readonly #tasks: Task[] = [];
  readonly #files = new Map<string, Buffer>();
  #made = 0;

  constructor(resources: Resources, logs: readonly Log[]) {
    this.#resources = resources;
    this.#logs = logs;
  }

  /** The answer to a POST that makes a dump; null for any other, and where the BMC does not offer it. */
  start(uri: string, text: string, fault: FaultName | null): Reply | null {
    const [, service, action] = /^(.+)\/Actions\/(LogService\.CollectDiagnosticData|DellLCService\.\w+)$/i.exec(uri) ?? [];
    if (service === undefined || action === undefined) return null;
    const offered = at(this.#resources.json(service) ?? undefined, 'Actions', `#${action}`);
    if (offered === undefined) return null;
    const body = parseObject(text) ?? undefined;
    const { vendor } = this.#resources;
    const isGood = action.startsWith('Dell') ? textAt(body, 'ShareType') === 'Local' : textAt(body, 'DiagnosticDataType') === 'Manager';
    if (!isGood) return messageReply(vendor, 400, 'ActionParameterValueNotInList', 'The value of a parameter is not in the list.');
    switch (action) {
      case 'LogService.CollectDiagnosticData':
        return this.#accept(uri, fault, () => this.#addEntry(service));
      case 'DellLCService.SupportAssistCollection':
        return this.#accept(uri, fault, () => this.#addFile('/redfish/v1/Dell/sacollect.zip'));
      case 'DellLCService.ExportLCLog':
        // No job: the answer itself says where the file lies.
        return emptyReply(202, { Location: this.#addFile('/redfish/v1/Dell/lclog.xml') });
      default:
        return null;
    }
  }

  /** The answer to a GET of a task, a monitor, a file, or the list of tasks while there are any; null for anything else. */
  read(uri: string): Reply | null {
    const key = keyOf(uri);
    const file = this.#files.get(key) ?? (key.startsWith('/ahsdata/') ? fileOf(key) : undefined);
    if (file !== undefined) return bytesReply(200, file, 'application/octet-stream');
    if (key === keyOf(TASKS) && this.#tasks.length > 0) return jsonReply(200, this.#list());
    const task = this.#tasks.find(({ id, gone }) => !gone && key.endsWith(`/${id.toLowerCase()}`));
    if (task === undefined) return null;
    if (key === keyOf(`${TASKS}/${task.id}`)) return this.#look(task);
    return key === keyOf(`${MONITORS}/${task.id}`) ? this.#monitor(task) : null;
  }

  /** The answer of a request whose work goes on: a task that ends when that is done. Then its monitor answers with `answer`, once. */
  follow(target: string, isDone: () => boolean, answer: Reply | null = null): Reply {
    return this.#accept(target, null, () => null, isDone, answer);
  }

  #accept(
    target: string,
    fault: FaultName | null,
    finish: () => string | null,
    ready: Task['ready'] = (looks) => looks > LOOKS,
    answer: Reply | null = null,
  ): Reply {
    const { vendor } = this.#resources;
    const number = this.#tasks.length;
    const id = vendor.name === 'dell' ? `JID_${String(700_000_000_000 + number)}` : String(number);
    const task: Task = {
      ...{ id, target, fault, ready, finish, answer },
      ...{ looks: 0, ended: false, result: null, gone: false, monitorAnswered: false },
    };
    this.#tasks.push(task);
    this.#resources.touch(TASKS);
    const headers = { Location: `${MONITORS}/${id}`, 'Retry-After': '30' };
    // An iDRAC answers without a body.
    return vendor.name === 'dell' ? emptyReply(202, { Location: `${TASKS}/${id}` }) : jsonReply(202, this.#bodyOf(task), headers);
  }

  #list(): JsonObject {
    const own = this.#resources.json(TASKS) ?? { '@odata.id': TASKS, Name: 'Task Collection' };
    const uris = [...memberUris(own), ...this.#tasks.filter(({ gone }) => !gone).map(({ id }) => `${TASKS}/${id}`)];
    return withMembers(
      own,
      uris.map((member) => ({ '@odata.id': member })),
    );
  }

  #look(task: Task): Reply {
    task.looks += 1;
    const ends = task.ready(task.looks) && task.fault !== 'task-never-ends';
    if (ends && task.fault === 'task-vanishes') {
      task.gone = true;
      return messageReply(this.#resources.vendor, 404, this.#resources.vendor.notFound, 'The resource was not found.');
    }
    if (ends && task.fault !== 'task-fails' && !task.ended) {
      task.ended = true;
      task.result = task.finish();
    }
    const isFile = task.result !== null && this.#resources.vendor.name === 'dell';
    return jsonReply(200, this.#bodyOf(task), isFile ? { Location: task.result ?? '' } : {});
  }

  #monitor(task: Task): Reply {
    const { vendor } = this.#resources;
    if (task.monitorAnswered) return messageReply(vendor, 404, vendor.notFound, 'The resource was not found.');
    if (task.answer !== null && task.ready(task.looks)) task.ended = true;
    if (!task.ended) return emptyReply(202, { 'Retry-After': '30' });
    task.monitorAnswered = true;
    task.gone = vendor.name === 'generic';
    return task.answer ?? emptyReply(204);
  }

  #bodyOf({ id, target, looks, fault, ended }: Task): JsonObject {
    const uri = `${TASKS}/${id}`;
    const failed = fault === 'task-fails' && looks > LOOKS;
    const state = failed ? 'Exception' : !ended ? 'Running' : 'Completed';
    return {
      '@odata.id': uri,
      '@odata.type': '#Task.v1_4_3.Task',
      Id: id,
      Name: `Task ${id}`,
      TaskState: state,
      TaskStatus: failed ? 'Critical' : 'OK',
      PercentComplete: !ended ? Math.min(90, looks * 30) : 100,
      Messages: [{ MessageId: failed ? 'TaskEvent.1.0.3.TaskAborted' : 'TaskEvent.1.0.3.TaskStarted' }],
      ...(this.#resources.vendor.name === 'openbmc' ? { Payload: { HttpOperation: 'POST', TargetUri: target, HttpHeaders: [] } } : {}),
    };
  }

  #addEntry(service: string): string {
    const entries = textAt(this.#resources.json(service) ?? undefined, 'Entries', '@odata.id') || `${service}/Entries`;
    const log = this.#logs.find(({ uri }) => keyOf(uri) === keyOf(entries));
    const fields = { DiagnosticDataType: 'Manager', AdditionalDataSizeBytes: FILE_BYTES };
    const event = { messageId: '', message: '', args: [], severity: 'OK' };
    if (log !== undefined) {
      const uri = log.add(new Date(), event, (own) => ({ ...fields, AdditionalDataURI: `${own}/attachment` }));
      return this.#addFile(`${uri}/attachment`);
    }
    const collection = this.#resources.json(entries) ?? { '@odata.id': entries, Name: 'Dump Entries' };
    const id = String(Math.max(0, ...memberUris(collection).map((uri) => Number(uri.split('/').at(-1)) || 0)) + 1);
    const uri = `${entries}/${id}`;
    const entry = {
      '@odata.id': uri,
      '@odata.type': '#LogEntry.v1_15_0.LogEntry',
      Id: id,
      Name: 'BMC Dump Entry',
      Created: new Date().toISOString(),
      EntryType: 'Event',
      ...fields,
      AdditionalDataURI: `${uri}/attachment`,
    };
    this.#resources.put(uri, entry);
    this.#resources.put(
      entries,
      withMembers(collection, [...memberUris(collection).map((member) => ({ '@odata.id': member })), { '@odata.id': uri }]),
    );
    return this.#addFile(`${uri}/attachment`);
  }

  #addFile(uri: string): string {
    this.#made += 1;
    this.#files.set(keyOf(uri), fileOf(`${uri} ${String(this.#made)}`));
    this.#resources.touch(uri);
    return uri;
  }
}

/** Bytes that are no JSON, and differ from dump to dump. */
function fileOf(name: string): Buffer {
  return Buffer.alloc(FILE_BYTES, `\x1f\x8bdump ${name}\n`, 'latin1');
}
