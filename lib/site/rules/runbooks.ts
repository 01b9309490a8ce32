import type { Effect } from '../../model/effect.js';
import type { Runbook } from '../../model/runbook.js';
import type { Site } from '../../model/site.js';
import { stepRow, STEPS } from '../../model/steps.js';
import type { Problem } from '../error.js';
import { hint } from '../suggest.js';
import type { SiteFileText } from '../yaml-file.js';
import { repeated } from './repeated.js';

/** What a runbook asks for that the step table or the policy does not have. */
export function runbookProblems(file: SiteFileText<Runbook>, site: Site): readonly Problem[] {
  const { value: runbook, problem } = file;
  const expected = `runbooks/${runbook.name}.yaml`;
  const gates = Object.keys(site.policy.gates);
  return [
    ...(file.file === expected
      ? []
      : [problem(['name'], 'NAME_MISMATCH', `runbook "${runbook.name}" lies in ${file.file}`, `rename the file to ${expected}`)]),
    ...repeated(runbook.phases.map(({ step }, at) => ({ name: step, path: ['phases', at, 'step'] }))).map(({ name, path }) =>
      problem(path, 'DUPLICATE_STEP', `step "${name}" occurs twice`, 'run a step once; a second run needs a second incident'),
    ),
    ...runbook.phases.flatMap(({ step, gate }, at) => {
      const row = stepRow(step);
      const path = ['phases', at, 'gate'];
      if (row === undefined)
        return problem(
          ['phases', at, 'step'],
          'UNKNOWN_STEP',
          `this version has no step "${step}"`,
          hint(
            step,
            STEPS.map(({ id }) => id),
          ),
        );
      // The launch is authority enough for what only contains; a site may ask for more.
      if (GATED.has(row.effect) && gate === null)
        return problem(
          path,
          'GATE_MISSING',
          `step "${step}" changes targets and has no gate`,
          `add \`gate: NAME\` with one of: ${gates.join(', ')}`,
        );
      if (row.effect === 'observe' && gate !== null)
        return problem(path, 'GATE_NOT_ALLOWED', `step "${step}" only reads; a gate would hold it up for nothing`, 'remove the gate');
      if (gate !== null && !gates.includes(gate))
        return problem(path, 'UNKNOWN_GATE', `the policy in site.yaml has no gate "${gate}"`, hint(gate, gates));
      return [];
    }),
  ];
}

const GATED: ReadonlySet<Effect> = new Set(['change', 'destroy']);
