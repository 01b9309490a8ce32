import { patientOperation } from './patient-operation.js';
import { finding, type Proposal, type Survey } from './planning.js';
import type { Reading } from './reader.js';

/**
 * After sessions were ended, the proof that a token dies with its session: a BMC may take one off its list and go on honouring it. A BMC that gives us
 * no session shows nothing of it, and a finding says so.
 */
export function tryToken(survey: Survey, sessions: Pick<Reading, 'uri' | 'capture'>): Proposal {
  if (survey.own.session === null) return { findings: [finding(survey, 'TOKENS_UNTRIED', sessions, UNTRIED)], operations: [] };
  return { findings: [], operations: [], last: [patientOperation({ kind: 'dead-token', sessions: sessions.uri }, LINE)] };
}

const LINE =
  'see that a token is refused once its session is ended; one that is not works until the BMC starts again, and that BMC is suspect';

const UNTRIED =
  'the BMC gives us no session, and so no token with which to see that one dies with its session; sessions that it lists are ended, and a restart of the BMC ends what they left';
