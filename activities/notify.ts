import { ApplicationFailure } from '@temporalio/activity';
import { join } from 'node:path';
import type { Digest } from '../lib/model/json.js';
import { noticeOf, type FreezeInput, type FreezeNoticeRef, type NotifyInput } from '../lib/model/notice.js';
import { mayRelease } from '../lib/model/quorum.js';
import { stageOwn } from '../lib/evidence/own-document.js';
import type { Series } from '../lib/evidence/types.js';
import type { Means, SignedText } from '../lib/notify/delivery.js';
import { openDocuments, type Documents } from '../lib/notify/documents.js';
import { NotifyError } from '../lib/notify/error.js';
import { freezeExtract, freezeNotice, signNotice, type FreezeFacts } from '../lib/notify/freeze-notice.js';
import { send } from '../lib/notify/send.js';
import { loadSite, type LoadedSite } from '../lib/site/load.js';
import { sha256 } from '../lib/trust/canonical.js';
import { activity } from './run.js';
import { withCase } from './held.js';
import type { Zone } from './zone.js';

/** Telling people. It runs in the incident's home zone, on the host that holds the secrets of the endpoints. */
export function createNotifyActivities(zone: Zone) {
  return {
    /** Tells one endpoint of one notice, once; what goes wrong and may pass is the engine's to repeat. */
    notify: activity(async (input: NotifyInput, run): Promise<void> => {
      try {
        await tell(zone, input, run.signal);
      } catch (error) {
        if (!(error instanceof NotifyError)) throw error;
        throw ApplicationFailure.create({
          message: error.message,
          type: error.code,
          nonRetryable: error.final,
          ...(error.retryAfterMs === null ? {} : { nextRetryDelay: error.retryAfterMs }),
        });
      }
    }),

    /** Makes and signs the notice of a freeze and puts it into the case. A repetition finds the one that is there. */
    freezeNotice: activity(async (input: FreezeInput, run): Promise<FreezeNoticeRef> => {
      const facts = factsOf(zone, input, await zone.snapshot(input.case.incident));
      const [notice, extract] = [freezeNotice(facts), freezeExtract(facts)];
      const ref = { extract: sha256<'document'>(extract), notice: sha256<'document'>(notice) };
      await withCase(zone, input.case, 'freeze notice', run.signal, (series) => record(zone, input, series, { notice, extract, ref }));
      return ref;
    }),

    /** Shows that somebody takes up the work of this zone. */
    takeUp: activity((_: Record<string, never>): Promise<void> => Promise.resolve()),
  };
}

async function tell(zone: Zone, { case: known, notice: given, endpoint: name }: NotifyInput, signal: AbortSignal): Promise<void> {
  // An occurrence that was refused took no snapshot, and the worker's own site was signed by nobody: the one that the schedule's launch binds is asked.
  const isRefused = given.event === 'occurrence-refused';
  const snapshot = isRefused ? await loadSite(zone.layout.schedule(known.launch)) : await zone.snapshot(known.incident);
  const endpoint = snapshot.site.notifications.find(({ id }) => id === name);
  if (endpoint === undefined) throw new NotifyError('UNKNOWN_ENDPOINT', `the site of this incident has no endpoint ${name}`);
  // Whoever made it: what leaves the house is made of identifiers and counts here.
  const notice = noticeOf({ ...given, incident: known.incident }, given);
  const { name: site } = snapshot.site;
  const delivery = {
    id: `${site}.${notice.incident}.${String(notice.seq)}.${endpoint.id}`,
    site,
    drill: zone.config.drill,
    notice,
    document: notice.document === null ? null : await extractOf(documentsOf(zone, known.incident), notice.document),
  };
  await send(endpoint, delivery, meansOf(zone, snapshot, signal));
}

function meansOf(zone: Zone, snapshot: LoadedSite, signal: AbortSignal): Means {
  return {
    secret: (reference) => zone.secrets.read(reference),
    authority: (name) => (name === null ? undefined : snapshot.authorities[name]),
    signal,
  };
}

async function extractOf(documents: Documents, digest: Digest<'document'>): Promise<SignedText> {
  const found = await documents.read(digest);
  if (found === null) throw new NotifyError('DOCUMENT_MISSING', `this zone's store has no document ${digest}`);
  return found.extract;
}

function documentsOf(zone: Zone, incident: NotifyInput['case']['incident']): Documents {
  return openDocuments(join(zone.layout.incident(incident).root, 'documents'));
}

function factsOf(zone: Zone, input: FreezeInput, { site, inventory }: LoadedSite): FreezeFacts {
  const [frozen, decided] = [new Set(input.targets), new Set(input.by)];
  return {
    site: site.name,
    incident: input.case.incident,
    launch: input.case.launch,
    drill: zone.config.drill,
    by: site.people.filter(({ id }) => decided.has(id)),
    since: input.since,
    ask: site.people.filter(({ id }) => mayRelease(site.policy, site.people, input.requester, id)),
    targets: inventory.targets.filter(({ id }) => frozen.has(id)),
  };
}

interface Texts {
  readonly notice: string;
  readonly extract: string;
  readonly ref: FreezeNoticeRef;
}

async function record(zone: Zone, input: FreezeInput, series: Series, { notice, extract, ref }: Texts): Promise<void> {
  const documents = documentsOf(zone, input.case.incident);
  const signed = async (text: string): Promise<SignedText> => ({ text, signature: await signNotice(text, zone.collector) });
  const made = await documents.keep(ref.extract, async () => ({ notice: await signed(notice), extract: await signed(extract) }));
  if (await documents.isRecorded(ref.extract)) return;
  await stageOwn(series, { purpose: 'freeze-notice', name: 'freeze-notice.txt', text: made.notice.text });
  await stageOwn(series, { purpose: 'freeze-notice', name: 'freeze-notice.txt.asc', text: made.notice.signature });
  await stageOwn(series, { purpose: 'freeze-notice', name: 'freeze-extract.txt', text: made.extract.text });
  await stageOwn(series, { purpose: 'freeze-notice', name: 'freeze-extract.txt.asc', text: made.extract.signature });
  await series.commit();
  // A worker that dies before this line adds the same bytes once more.
  await documents.markRecorded(ref.extract);
}
