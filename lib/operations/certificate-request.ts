import { CertificateError } from '../certificates/error.js';
import { readRequest, REQUEST_CHARACTERS } from '../certificates/request.js';
import type { CertificateSend } from '../model/operation.js';
import { textAt, valueAtPointer } from '../redfish/json.js';
import { taskOf } from '../redfish/tasks.js';
import type { Answer } from '../redfish/types.js';
import { canonicalUri } from '../redfish/uri.js';
import { claimKey } from '../store/claims.js';
import { keysIn, type Renewal } from '../store/pins.js';
import { isNo, sendOnce, type Bench, type Look } from './bench.js';
import type { Part } from './certificate.js';
import { patiently } from './new-secret.js';
import { keepText, noteRenewal, renewalOf, type Renewing } from './renewal.js';

type Request = CertificateSend & { act: 'request' };

/** Has the BMC make a new key, once, and tell a request for a certificate, which is checked before anybody signs it. */
export function requestCertificate(renewing: Renewing, send: Request): Part {
  const {
    bench: { order },
    conversation,
  } = renewing;
  const by = claimKey(order, null);
  return {
    async prepare() {
      const known = await renewalOf(renewing);
      if (known !== null && (await serves(known, send))) return null;
      const bench = await conversation.open();
      const earlier = send.told === null ? null : await toldAt(bench, send.told, 'before-claim');
      const asked: Renewal = { by, state: 'asked', old: bench.connection.peer, fresh: null, earlier, request: null, issued: null };
      return {
        seen: {},
        act: async () => {
          await noteRenewal(renewing, asked);
          const change = { method: 'POST', uri: send.uri, body: send.body, ifMatch: null } as const;
          // Kept as it comes: an answer that is lost is lost for good, and with it the key's only use.
          const left = await sendOnce(bench, null, change, (answer) => noteRenewal(renewing, { ...asked, request: inAnswer(answer) }));
          if (left) return patiently(() => observe(renewing, send));
          await noteRenewal(renewing, null);
          return { is: 'failed', code: 'NOT_SENT' };
        },
      };
    },
    observe: () => observe(renewing, send),
  };
}

/** One that another attempt began is gone on with: what was sent is found out first, and a request for the same names is as good as a new one. */
async function serves({ state, request }: Renewal, { subject }: Request): Promise<boolean> {
  if (state === 'sent') return true;
  if (request === null || (state !== 'requested' && state !== 'signed')) return false;
  return readRequest(request, subject, new Set()).then(
    () => true,
    (error: unknown) => {
      if (error instanceof CertificateError) return false;
      throw error;
    },
  );
}

async function observe(renewing: Renewing, send: Request): Promise<Look> {
  const {
    bench: { order, claims },
    conversation,
  } = renewing;
  const known = await renewalOf(renewing);
  // The claim was made and the worker died before it noted, and so before it sent.
  if (known?.by !== claimKey(order, null)) return { is: 'failed', code: 'NOT_SENT' };
  if (known.state !== 'asked') return { is: 'done' };
  const { answer } = await claims.tries(order, null);
  const isTask = answer?.status === 202;
  if (isNo(answer?.status)) return givenUp(renewing, `HTTP_${String(answer.status)}`);
  if (known.request !== null) return checked(renewing, send, known, known.request);
  if (send.told === null) return isTask ? atMonitor(renewing, send, known, answer.location) : givenUp(renewing, 'REQUEST_LOST');
  const told = await toldAt(await conversation.open(), send.told, 'observe');
  if (told === null || told === known.earlier) return { is: 'running', progress: 'the BMC makes its key, which takes minutes' };
  return checked(renewing, send, known, told);
}

/**
 * An action that takes its time is answered 202 with the address of a monitor, which answers 202 until it has ended, and then, once, what the action would have
 * answered (DSP0266, asynchronous operations). Some name the task itself there, which holds no request.
 */
async function atMonitor(renewing: Renewing, send: Request, known: Renewal, location: string | null): Promise<Look> {
  const monitor = canonicalUri(location ?? '', send.uri);
  if (monitor === null) return givenUp(renewing, 'REQUEST_LOST');
  const answer = await (await renewing.conversation.open()).reader('observe').get(monitor);
  const task = taskOf(answer);
  if (answer.status === 202 || answer.status >= 500 || task?.state === 'running')
    return { is: 'running', progress: 'the BMC makes its key as a task' };
  const text = answer.status === 200 ? inAnswer(answer) : null;
  if (text === null) return givenUp(renewing, task?.state === 'failed' ? 'TASK_FAILED' : 'REQUEST_LOST');
  const asked = { ...known, request: text };
  await noteRenewal(renewing, asked);
  return checked(renewing, send, asked, text);
}

/** What the BMC goes on serving is not touched by a request of which nothing comes. */
async function givenUp(renewing: Renewing, code: string): Promise<Look> {
  await noteRenewal(renewing, null);
  return { is: 'failed', code };
}

async function checked(renewing: Renewing, send: Request, known: Renewal, text: string): Promise<Look> {
  await keepText(renewing, 'certificate-request', text);
  try {
    const request = await readRequest(text, send.subject, await knownKeys(renewing));
    await renewing.job.series.record('certificate.requested', { key: request.key, old: known.old });
    await noteRenewal(renewing, { ...known, state: 'requested', fresh: request.key, request: request.pem });
    return { is: 'done' };
  } catch (error) {
    if (error instanceof CertificateError) return givenUp(renewing, error.code);
    throw error;
  }
}

/** A key that is in use or was, here or elsewhere, may be in other hands. */
async function knownKeys({ job, target }: Renewing): Promise<ReadonlySet<string>> {
  const own = keysIn(await job.deps.pins.read(target.id));
  const others = await job.deps.keysOfOthers(job.order.incident, target.id);
  return new Set([...own, ...others, ...(target.pin === null ? [] : [target.pin])]);
}

function inAnswer({ json }: Answer): string | null {
  return bounded(textAt(json ?? undefined, 'CSRString'));
}

async function toldAt(
  bench: Bench,
  { uri, pointer }: { readonly uri: string; readonly pointer: string },
  purpose: 'before-claim' | 'observe',
): Promise<string | null> {
  const { json } = await bench.reader(purpose).get(uri);
  const value = valueAtPointer(json ?? undefined, pointer);
  return bounded(typeof value === 'string' ? value : undefined);
}

function bounded(text: string | undefined): string | null {
  return text === undefined || text.trim() === '' ? null : text.slice(0, REQUEST_CHARACTERS);
}
