import type { IntegrationTerms } from '../../model/site.js';
import { finding, type Proposal, type Survey } from '../planning.js';
import type { Reading } from '../reader.js';
import { patientOperation } from '../patient-operation.js';

/** New secrets for servers that this BMC logs in to, at those servers alone: a suspect that is given one has it, so that it gets none before it is trusted. */
export function renewIntegrations(
  survey: Pick<Survey, 'target'>,
  { root }: { readonly root: Pick<Reading, 'uri' | 'capture'> },
  integrations: readonly IntegrationTerms[],
): Proposal {
  return {
    operations: [],
    sections: integrations.map(({ name, kind, secret: ref }) => {
      const line = `renew the ${kind} secret of ${name} at its server by the site's command, kept as ${ref}: no BMC that holds the one before gets in there any more`;
      return { operations: [patientOperation({ kind: 'integration', act: 'renew', name, ref }, line)], always: [] };
    }),
    findings: integrations.map(({ name, kind, secret: ref }) => {
      const advice = `the BMC holds the ${kind} secret of ${name}, which is renewed at its server: install ${ref} here only once the BMC is trusted again`;
      return finding(survey, 'INSTALL_LATER', root, advice);
    }),
  };
}
