import type { Series } from '../evidence/types.js';
import { time } from '../model/json.js';
import type { RedfishTarget } from '../model/site.js';
import { isConnectionLost, RedfishError } from '../redfish/errors.js';
import { linkAt, membersOf } from '../redfish/json.js';
import type { Answer } from '../redfish/types.js';
import { witness, type Witness } from '../redfish/witness.js';
import { recordingGet, stageFailure, stageAnswer, type Get } from './recording.js';

/** What could be seen without a login. */
export interface Witnessed {
  /** Answers, of any status. */
  readonly answers: number;
  readonly certificates: number;
  /** Why there is less than there might be: the error's code; null when everything was read. */
  readonly cut: string | null;
}

/** The documents that DSP0266 shows to anyone; some BMCs show their managers, and with them a login banner, as well. */
const OPEN = ['/redfish', '/redfish/v1/odata', '/redfish/v1/$metadata'];
const MANAGERS = 4;
const PURPOSE = 'witness';
/** Of the whole look: whoever answers is no friend, and others wait for the target's lock. */
const LOOK_MS = 60_000;

/**
 * Captures what needs no login from whoever answers at a target's address: service root and open documents, managers as far as they are shown, and
 * each certificate of the chain. Nothing of it is believed, and it completes no evidence class. What was read is committed, also when the peer is lost.
 */
export async function captureWitness(
  target: Pick<RedfishTarget, 'address' | 'tls'>,
  series: Pick<Series, 'stage' | 'commit'>,
  signal: AbortSignal,
): Promise<Witnessed> {
  const startedAt = time(Date.now());
  const late = AbortSignal.timeout(LOOK_MS);
  let seen: Witness;
  try {
    const minimum = target.tls?.minimum ?? 'TLSv1.2';
    seen = await witness({ address: target.address, minimum, signal: AbortSignal.any([signal, late]) });
  } catch (error) {
    if (!(error instanceof RedfishError)) throw error;
    const code = late.aborted ? 'TIMEOUT' : error.code;
    await stageFailure(series, PURPOSE, { uri: '/redfish/v1', code, startedAt, endedAt: time(Date.now()), peer: error.peer });
    await series.commit();
    return { answers: 0, certificates: 0, cut: code };
  }
  try {
    await stageChain(series, seen);
    await stageAnswer(series, PURPOSE, seen.root);
    const { answers, cut } = await look(recordingGet({ get: seen.get, peer: seen.tls.peer }, series, PURPOSE), seen.root);
    return { answers: answers + 1, certificates: seen.tls.chain.length, cut: late.aborted ? 'TIMEOUT' : cut };
  } finally {
    await seen.close();
    await series.commit();
  }
}

async function stageChain(series: Pick<Series, 'stage'>, { tls, root }: Witness): Promise<void> {
  for (const [place, body] of tls.chain.entries()) {
    const uri = `tls:/certificate/${String(place)}`;
    const { startedAt, endedAt } = root;
    const certificate = { uri, answeredBy: uri, status: null, headers: {}, body, json: null, startedAt, endedAt, peer: tls.peer };
    await series.stage({ purpose: PURPOSE, class: null, answer: certificate });
  }
}

async function look(get: Get, root: Answer): Promise<Pick<Witnessed, 'answers' | 'cut'>> {
  let answers = 0;
  let cut: string | null = null;
  let lost = false;
  const read = async (uri: string | null): Promise<Answer | null> => {
    if (uri === null || lost) return null;
    try {
      const answer = await get(uri);
      answers += 1;
      return answer.status === 200 ? answer : null;
    } catch (error) {
      if (!(error instanceof RedfishError)) throw error;
      lost = isConnectionLost(error);
      cut = error.code;
      return null;
    }
  };
  for (const uri of OPEN) await read(uri);
  const managers = await read(linkAt(root, 'Managers'));
  for (const { uri } of managers === null ? [] : membersOf(managers).slice(0, MANAGERS)) {
    const manager = await read(uri);
    // iLO keeps its login banner there (LoginSecurityBanner).
    if (manager !== null) await read(linkAt(manager, 'Oem', 'Hpe', 'Links', 'SecurityService'));
  }
  return { answers, cut };
}
