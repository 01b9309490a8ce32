import { keyOf } from '../content.js';
import { link } from '../json.js';
import { emptyReply, messageReply, type Reply } from '../reply.js';
import { VENDORS } from '../vendors.js';
import { DONE, unplanned, type Asked, type Fault } from './fault.js';
import { AT, edited, either, isAt, ok, reads, readsBelow, readsInside } from './tell.js';

const TASKS = '/redfish/v1/TaskService/Tasks';
const tasks = either(reads(AT.root), readsBelow('/redfish/v1/TaskService'), readsBelow('/redfish/v1/TaskMonitor'));

/** When an owned BMC is never ready, what time it has, and tasks that come to no end. */
export const MOMENTS = {
  'busy-at-first': {
    line: 'every first answer to a read is 503',
    expect: DONE,
    on: readsInside,
    answer: (asked) => (asked.nth % 2 === 1 ? busy({}) : asked.reply),
  },
  'busy-with-retry-after': {
    line: 'every first answer to a read is 503 with Retry-After 1',
    expect: DONE,
    on: readsInside,
    answer: (asked) => (asked.nth % 2 === 1 ? busy({ 'Retry-After': '1' }) : asked.reply),
  },
  'busy-for-ever': {
    line: 'the account list is 503 for ever',
    expect: unplanned('UNREADABLE'),
    on: reads(AT.accounts),
    answer: () => busy({}),
  },
  'busy-for-a-year': {
    line: 'one resource is 503 with a Retry-After of a year',
    expect: DONE,
    on: reads(AT.chassis),
    answer: () => busy({ 'Retry-After': '31536000' }),
  },
  'busy-until-2099': {
    line: 'one resource is 503 with a Retry-After far in the future',
    expect: DONE,
    on: reads(AT.chassis),
    answer: () => busy({ 'Retry-After': 'Thu, 31 Dec 2099 23:59:59 GMT' }),
  },
  'busy-nonsense': {
    line: 'one resource is 503 with a Retry-After that is no time',
    expect: DONE,
    on: reads(AT.chassis),
    answer: () => busy({ 'Retry-After': '-1e999' }),
  },
  'too-many-requests': {
    line: 'one resource is 429 for ever',
    expect: DONE,
    on: reads(AT.chassis),
    answer: () => emptyReply(429, { 'Retry-After': '86400' }),
  },
  'everything-missing': {
    line: 'everything behind the service root is 404',
    expect: unplanned('WRONG_DEVICE'),
    on: readsInside,
    answer: () => messageReply(VENDORS.generic, 404, 'ResourceMissingAtURI', 'The resource was not found.'),
  },
  'clock-in-2045': {
    line: 'the clock stands in 2045',
    expect: DONE,
    on: readsInside,
    answer: (asked) => dated(asked, '2045-01-19T03:14:07Z'),
  },
  'clock-in-1970': {
    line: 'the clock stands in 1970',
    expect: DONE,
    on: readsInside,
    answer: (asked) => dated(asked, '1970-01-01T00:00:00Z'),
  },
  'clock-of-nonsense': {
    line: 'the clock shows no time at all',
    expect: DONE,
    on: readsInside,
    answer: (asked) => dated(asked, '9999-99-99T99:99:99+99:99'),
  },
  'task-without-end': {
    line: 'a task that runs for ever',
    expect: DONE,
    on: tasks,
    answer: (asked) => withTask(asked, { TaskState: 'Running', PercentComplete: 99 }),
  },
  'task-that-vanishes': {
    line: 'a task that is listed and gone when it is read',
    expect: DONE,
    on: tasks,
    answer: (asked) =>
      isAt(asked, `${TASKS}/1`)
        ? messageReply(VENDORS.generic, 404, 'ResourceMissingAtURI', 'Gone.')
        : withTask(asked, { TaskState: 'Completed' }),
  },
  'monitor-answers-once': {
    line: 'a task whose monitor answers once and takes the task with it',
    expect: DONE,
    on: tasks,
    answer: (asked) => {
      if (keyOf(asked.request.uri).includes('/taskmonitor/'))
        return asked.nth > 1 ? messageReply(VENDORS.generic, 404, 'ResourceMissingAtURI', 'Gone.') : emptyReply(204);
      return withTask(asked, { TaskState: 'Completed', TaskMonitor: '/redfish/v1/TaskMonitor/1' });
    },
  },
  // These three are carried out where dumps are made: in `dumps.ts`.
  'task-never-ends': { line: 'the task of a dump works for ever', expect: DONE },
  'task-vanishes': { line: 'the task of a dump is gone after a while and leaves nothing', expect: DONE },
  'task-fails': { line: 'the task of a dump ends in an exception', expect: DONE },
} as const satisfies Record<string, Fault>;

function busy(headers: Readonly<Record<string, string>>): Reply {
  return messageReply(VENDORS.generic, 503, 'ServiceTemporarilyUnavailable', 'The service is temporarily unavailable.', headers);
}

/** Every time in the answer, of the resource and of the server. */
function dated(asked: Asked, moment: string): Reply {
  const reply = edited(asked, (body) => ({ ...body, DateTime: moment, Created: moment }));
  const date = Number.isNaN(Date.parse(moment)) ? moment : new Date(moment).toUTCString();
  return { ...reply, headers: { ...reply.headers, Date: date, 'Last-Modified': date } };
}

/** A service with one task, wherever the BMC itself has none. */
function withTask(asked: Asked, fields: Readonly<Record<string, string | number>>): Reply {
  if (isAt(asked, AT.root)) return edited(asked, (body) => ({ ...body, Tasks: link('/redfish/v1/TaskService') }));
  if (isAt(asked, '/redfish/v1/TaskService'))
    return ok({ ...link('/redfish/v1/TaskService'), Id: 'TaskService', Name: 'Tasks', Tasks: link(TASKS) });
  if (isAt(asked, TASKS)) return ok({ ...link(TASKS), Name: 'Tasks', Members: [link(`${TASKS}/1`)], 'Members@odata.count': 1 });
  if (isAt(asked, `${TASKS}/1`)) return ok({ ...link(`${TASKS}/1`), Id: '1', Name: 'Task 1', ...fields });
  return asked.reply;
}
