import type { Send } from '../model/operation.js';
import { secretPlaceIn } from '../model/secret-reference.js';
import { patientOperation } from './patient-operation.js';
import { finding, type Numberless, type Proposal, type SectionProposal, type Survey } from './planning.js';
import type { Reading } from './reader.js';

/**
 * After sessions were ended, the proof that a token dies with its session: a BMC may take one off its list and go on honouring it. A BMC that gives us
 * no session shows nothing of it, and a finding says so.
 */
export function tryToken(survey: Survey, sessions: Pick<Reading, 'uri' | 'capture'>): Proposal {
  if (survey.own.session === null) return { findings: [finding(survey, 'TOKENS_UNTRIED', sessions, UNTRIED)], operations: [] };
  return { findings: [], operations: [], last: [patientOperation({ kind: 'dead-token', sessions: sessions.uri }, LINE)] };
}

/** The same, and what became of the token of a session that each secret had opened which these sections replace; that is tried while it is replaced. */
export function tryOldTokens(last: readonly Numberless[], sections: readonly SectionProposal[]): readonly Numberless[] {
  const replaced = sections.flatMap(({ operations }) => operations.flatMap(({ send }) => passwordOf(send) ?? []));
  if (replaced.length === 0) return last;
  return last.map((one) =>
    one.send.kind === 'dead-token'
      ? {
          ...one,
          send: { ...one.send, replaced },
          line: `${one.line}; the same of what the secrets before had opened: ${replaced.join(', ')}`,
        }
      : one,
  );
}

function passwordOf(send: Send): string | null {
  const found = send.kind === 'redfish' ? secretPlaceIn(send.body) : null;
  return found?.place === 'password' ? found.reference : null;
}

const LINE =
  'see that a token is refused once its session is ended; one that is not works until the BMC starts again, and that BMC is suspect';

const UNTRIED =
  'the BMC gives us no session, and so no token with which to see that one dies with its session; sessions that it lists are ended, and a restart of the BMC ends what they left';
