import { describe, expect, test } from 'vitest';
import type { Json } from '../../../lib/model/json.js';
import { taskOf, type Task } from '../../../lib/redfish/tasks.js';

const URI = '/redfish/v1/TaskService/Tasks/3';
const read = (json: Json, headers: Record<string, string> = {}, status = 200): Task | null => taskOf({ uri: URI, status, json, headers });

describe('a task as the BMC tells it', () => {
  test.each<[string, Json, Task['state']]>([
    ['new', { TaskState: 'New' }, 'running'],
    ['running', { TaskState: 'Running' }, 'running'],
    ['a state that nobody knows', { TaskState: 'Meditating' }, 'running'],
    ['completed', { TaskState: 'Completed', TaskStatus: 'OK' }, 'completed'],
    ['completed with a warning', { TaskState: 'Completed', TaskStatus: 'Warning' }, 'completed'],
    ['completed, but critical', { TaskState: 'Completed', TaskStatus: 'Critical' }, 'failed'],
    ['an exception', { TaskState: 'Exception' }, 'failed'],
    ['killed', { TaskState: 'Killed' }, 'failed'],
    ['cancelled', { TaskState: 'Cancelled' }, 'failed'],
    ['a job of Dell', { JobState: 'CompletedWithErrors' }, 'completed'],
    ['a failed job of Dell', { JobState: 'Failed' }, 'failed'],
  ])('%s', (_, json, state) => {
    expect(read(json)?.state).toBe(state);
  });

  test.each<[string, Json, Record<string, string>, readonly string[]]>([
    [
      'the header of a Dell job',
      { TaskState: 'Completed' },
      { location: '/redfish/v1/Dell/sacollect.zip' },
      ['/redfish/v1/Dell/sacollect.zip'],
    ],
    [
      'the replayed header of bmcweb',
      { TaskState: 'Completed', Payload: { HttpHeaders: ['Host: x', 'Location: /redfish/v1/Managers/bmc/LogServices/Dump/Entries/3'] } },
      {},
      ['/redfish/v1/Managers/bmc/LogServices/Dump/Entries/3'],
    ],
    ['the property of XCC 3', { TaskState: 'Completed', AdditionalDataURI: '/download/ffdc.tzz' }, {}, ['/download/ffdc.tzz']],
    [
      'the path of XCC 2',
      { TaskState: 'Completed', Oem: { Lenovo: { FFDCForDownloading: { Path: '/ffdc/a.tzz' } } } },
      {},
      ['/ffdc/a.tzz'],
    ],
    ['a monitor is no result', { TaskState: 'Completed' }, { location: '/redfish/v1/TaskService/TaskMonitors/3' }, []],
    ['another host is no result', { TaskState: 'Completed', AdditionalDataURI: 'https://elsewhere/x' }, {}, []],
  ])('its result: %s', (_, json, headers, results) => {
    expect(read(json, headers)?.results).toEqual(results);
  });

  test.each<[string, Json, number]>([
    ['an error answer', { TaskState: 'Running' }, 404],
    ['no task', { Name: 'x' }, 200],
    ['no object', ['x'], 200],
    ['a state that is no text', { TaskState: 7 }, 200],
  ])('%s is none', (_, json, status) => {
    expect(read(json, {}, status)).toBe(null);
  });

  test('hostile values are bounded and stripped', () => {
    const Messages = Array.from({ length: 1_000 }, () => ({ MessageId: `\u001b[31m${'x'.repeat(10_000)}` }));
    const task = read({ TaskState: `${'y'.repeat(10_000)}\u0007`, PercentComplete: 1e9, Messages, Payload: { TargetUri: '//elsewhere' } });
    expect(task).toMatchObject({ percent: null, target: null, state: 'running' });
    expect(task?.messageIds).toHaveLength(16);
    expect([task?.said ?? '', ...(task?.messageIds ?? [])].every((text) => text.length <= 121 && !/\p{Cc}/u.test(text))).toBe(true);
  });
});
