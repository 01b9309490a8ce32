import { describe, expect, it } from 'vitest';
import { runShow } from '../../../cli/gate/show.js';
import type { Finding } from '../../../lib/model/finding.js';
import { digest, id } from '../../../lib/model/json.js';
import { sha256 } from '../../../lib/trust/canonical.js';
import { baseOf, fakeDesk, stage } from '../../support/desk.js';
import { INCIDENT, openedOf, viewOf } from '../../support/incident-view.js';
import { PlanStore, storedGate } from '../../support/plan-store.js';

const LOW: Finding = {
  code: 'LOG_FULL',
  target: id('r1'),
  uri: '/redfish/v1/Logs',
  severity: 'low',
  control: 'P1-log-review',
  evidence: sha256('capture'),
  advice: 'look at it',
};
const CRITICAL: Finding = {
  ...LOW,
  code: 'ROLE_RAISED',
  severity: 'critical',
  uri: '/redfish/v1/Accounts/9',
  advice: 'disable \u001b[2Jit',
};

async function show(findings: readonly Finding[], form: 'table' | 'json' = 'table', keep = true) {
  const apart = new PlanStore();
  const digests = findings.map((finding) => digest<'finding'>(apart.put(finding)));
  const { store, gate } = storedGate({
    plan: (plan) => (plan.subject.kind === 'bmc' && plan.subject.target === 'r1' ? { ...plan, findings: digests } : plan),
  });
  if (keep) for (const [name, text] of apart.objects) store.objects.set(name, text);
  const on = stage();
  const desk = fakeDesk({ opened: async () => openedOf(), view: async () => viewOf({ gates: [gate] }), read: store.read });
  await runShow({ ...baseOf(on, { output: form }), incident: INCIDENT, gate: null, round: null, desk });
  return on.out();
}

describe('gate show', () => {
  it('shows what was found under the gate, gravest first, with the text of the BMC made plain', async () => {
    const out = await show([LOW, CRITICAL]);
    expect(out).toMatch(
      /critical +ROLE_RAISED +r1 +\/redfish\/v1\/Accounts\/9: disable \[2Jit\n +low +LOG_FULL +r1 +\/redfish\/v1\/Logs: look at it/,
    );
  });

  it('shows fifty and counts the rest; as JSON they are all there', async () => {
    const many = Array.from({ length: 60 }, (_, n) => ({ ...LOW, uri: `/redfish/v1/Logs/${String(n)}` }));
    const out = await show(many);
    expect(out.match(/LOG_FULL/g)).toHaveLength(50);
    expect(out).toContain('and 10 more; all of them: -o json');
    const few = [LOW, CRITICAL];
    expect(JSON.parse(await show(few, 'json'))).toMatchObject({ findings: [CRITICAL, LOW] });
    expect((await show(many, 'json')).match(/"LOG_FULL"/g)).toHaveLength(60);
  });

  it('says nothing of findings where there are none', async () => {
    expect(await show([])).not.toContain('gravest');
  });

  it('is refused when a finding is missing, or of another target than its plan', async () => {
    await expect(show([LOW], 'table', false)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(show([{ ...LOW, target: id('r2') }])).rejects.toMatchObject({ code: 'FORGED_PLAN' });
  });
});
