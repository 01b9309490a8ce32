import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Drills about one thing, beside the default one; a closed list. */
export const SCENARIOS = ['contain', 'persistence'] as const;
export type Scenario = (typeof SCENARIOS)[number];

/**
 * `contain`: its full capture comes after the freeze, so that it brings home what the logs say of those who tried something during it. `persistence`:
 * nothing is closed before the review, which has to find everything as the attacker left it.
 */
const RUNBOOKS: Readonly<Record<Scenario, string>> = {
  contain: `version: 1
name: contain
title: Contain BMCs while the attacker comes back
phases:
  - step: isolate
  - step: lease
  - step: triage
  - step: freeze
    gate: change
  - step: capture
  - step: review-logs
  - step: review-access
    gate: change
`,
  persistence: `version: 1
name: persistence
title: Find every way in that an attacker left
phases:
  - step: isolate
  - step: triage
  - step: capture
  - step: review-access
    gate: change
`,
};

/** Puts the runbook of a scenario into a lab's site, and returns its name. */
export async function writeRunbook(site: string, scenario: Scenario): Promise<string> {
  await writeFile(join(site, 'runbooks', `${scenario}.yaml`), RUNBOOKS[scenario]);
  return scenario;
}
