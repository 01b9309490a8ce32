import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Drills about one thing, beside the default one; a closed list. */
export const SCENARIOS = ['contain', 'persistence'] as const;
export type Scenario = (typeof SCENARIOS)[number];

/** Logs in everywhere and reads a little; no scenario of its own. */
export const LOG_IN = 'log-in';

/**
 * `contain`: its full capture comes after the freeze, so that it brings home what the logs say of those who tried something during it. `persistence`:
 * nothing is closed before the review, which has to find everything as the attacker left it.
 */
const RUNBOOKS: Readonly<Record<Scenario | typeof LOG_IN, string>> = {
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
  [LOG_IN]: `version: 1
name: ${LOG_IN}
title: See whom the BMCs let in
phases:
  - step: triage
`,
};

/** Puts a drill's own runbooks into a lab's site, by their names. */
export async function writeRunbooks(site: string): Promise<void> {
  for (const [name, text] of Object.entries(RUNBOOKS)) await writeFile(join(site, 'runbooks', `${name}.yaml`), text);
}
