import { condition, ParentClosePolicy, startChild, WorkflowIdReusePolicy } from '@temporalio/workflow';
import { time } from '../lib/model/json.js';
import { noticeOf, type EndpointRef, type Notice, type NoticeCounts, type NoticeEvent, type NoticeFacts } from '../lib/model/notice.js';
import type { Case } from '../lib/model/work.js';
import { notify } from './notify.js';

/** The most notices of one event in one incident, so that whoever can make an event happen fills neither the history nor the mail. */
const MOST_OF_ONE_EVENT = 100;

/** Tells people what happens in an incident. Nothing here waits: each delivery is a workflow of its own, which outlives the incident. */
export class Notices {
  readonly #case: Case;
  readonly #endpoints: readonly EndpointRef[];
  readonly #most: number;
  readonly #told = new Map<NoticeEvent, number>();
  #seq = 0;
  #starting = 0;
  #counts = { started: 0, delivered: 0, undelivered: 0, withheld: 0 };

  constructor(known: Case, endpoints: readonly EndpointRef[], most = MOST_OF_ONE_EVENT) {
    this.#case = known;
    this.#endpoints = endpoints;
    this.#most = most;
  }

  get counts(): NoticeCounts {
    return { ...this.#counts };
  }

  /** Never throws, and returns at once. */
  tell(event: NoticeEvent, facts: NoticeFacts = {}): void {
    const wanted = this.#endpoints.filter(({ events }) => events.includes(event));
    if (wanted.length === 0) return;
    const told = this.#told.get(event) ?? 0;
    if (told >= this.#most) {
      this.#counts.withheld++;
      return;
    }
    this.#told.set(event, told + 1);
    const notice = noticeOf({ incident: this.#case.incident, seq: ++this.#seq, event, at: time(Date.now()) }, facts);
    for (const { endpoint } of wanted) void this.#start(notice, endpoint);
  }

  /** To be awaited before the incident ends: a workflow that was not started yet would never be. */
  async allStarted(): Promise<void> {
    await condition(() => this.#starting === 0);
  }

  async #start(notice: Notice, endpoint: EndpointRef['endpoint']): Promise<void> {
    this.#starting++;
    this.#counts.started++;
    try {
      const child = await startChild(notify, {
        workflowId: `notify/${notice.incident}/${String(notice.seq)}/${endpoint}`,
        args: [{ case: this.#case, notice, endpoint }],
        workflowTaskTimeout: '5s',
        parentClosePolicy: ParentClosePolicy.ABANDON,
        workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      });
      void this.#count(child.result());
    } catch {
      // It was started already, by a history that was reset since: whoever is told twice is told once.
    } finally {
      this.#starting--;
    }
  }

  async #count(result: Promise<{ readonly is: 'delivered' | 'undelivered' }>): Promise<void> {
    const told = await result.catch(() => ({ is: 'undelivered' as const }));
    this.#counts[told.is]++;
  }
}
