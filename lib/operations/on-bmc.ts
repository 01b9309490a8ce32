import type { Digest } from '../model/json.js';
import type { Send } from '../model/operation.js';
import type { Target } from '../model/site.js';
import { identityDigest, readIdentity } from '../redfish/identity.js';
import { onRecord } from '../steps/own-session.js';
import { recordingReader } from '../steps/reader.js';
import { changesAccess, observeAccess, prepareAccess, type Second } from './access.js';
import { observeRules, prepareRules } from './access-rules.js';
import { observeAct, prepareAct } from './act.js';
import type { Bench, Workbench } from './bench.js';
import { observeDownload, prepareDownload } from './download.js';
import { observeToken, prepareToken } from './dead-token.js';
import { refuse } from './error.js';
import type { Hand } from './hand.js';
import type { Job } from './job.js';
import { observeLock } from './lock-again.js';
import { observeEach, prepareEach } from './redfish-each.js';
import { observeRequest, prepareRequest } from './redfish.js';

type OverRedfish = Send & { kind: 'redfish' | 'redfish-each' | 'download' | 'access-rules' | 'dead-token' };

/** Opens the one conversation that may change something on a BMC, and closes it when the work is done. */
export async function onBmc<T>(
  job: Job,
  target: Target,
  common: Omit<Workbench, 'session'>,
  send: OverRedfish,
  identity: Digest<'identity'>,
  work: (hand: Hand) => Promise<T>,
): Promise<T> {
  const { deps, series, context } = job;
  const connection = await onRecord(series, () => deps.connect(context.case, target, series, common.shield.signal));
  const bench: Bench = {
    ...common,
    connection,
    session: connection.session,
    reader: (purpose) => recordingReader(connection, series, purpose),
  };
  try {
    return await work({
      bench,
      requireDevice: () => requireDevice(bench, target, identity),
      prepare: () => (changesAccess(bench.operation) ? prepareAccess(bench, { job, target }) : prepare(bench, send, { job, target })),
      observe: () => (changesAccess(bench.operation) ? observeAccess(bench, { job, target }) : observe(bench, send, { job, target })),
    });
  } finally {
    await connection.close();
  }
}

function prepare(bench: Bench, send: OverRedfish, second: Second): ReturnType<Hand['prepare']> {
  switch (send.kind) {
    case 'redfish':
      return bench.operation.proof.by === 'act' ? prepareAct(bench, send) : prepareRequest(bench, send);
    case 'redfish-each':
      return prepareEach(bench, send);
    case 'download':
      return prepareDownload(bench, send);
    case 'access-rules':
      return prepareRules(bench, send);
    case 'dead-token':
      return prepareToken(bench, send, second);
  }
}

function observe(bench: Bench, send: OverRedfish, second: Second): ReturnType<Hand['observe']> {
  switch (send.kind) {
    case 'redfish':
      if (bench.locks) return observeLock(bench, send);
      return bench.operation.proof.by === 'act' ? observeAct(bench, send) : observeRequest(bench);
    case 'redfish-each':
      return observeEach(bench, send);
    case 'download':
      return observeDownload(bench, send);
    case 'access-rules':
      return observeRules(bench, send);
    case 'dead-token':
      return observeToken(bench, send, second);
  }
}

/** The pin was checked by the connection; here the device behind it says who it is. */
async function requireDevice(bench: Bench, target: Target, planned: Digest<'identity'>): Promise<void> {
  const reader = bench.reader('identity');
  const found = await readIdentity((uri) => reader.get(uri));
  if (identityDigest(found) !== planned || planned !== identityDigest(target.identity))
    refuse(
      'WRONG_DEVICE',
      `${target.id} says it is serial ${JSON.stringify(found.serial)}, UUID ${JSON.stringify(found.uuid)}; ` +
        `the inventory has ${JSON.stringify(target.identity.serial)}, ${JSON.stringify(target.identity.uuid)}`,
    );
}
