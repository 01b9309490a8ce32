import { FAULTS, type FaultName } from './faults/faults.js';
import { running } from './freeze.js';
import type { State } from './state.js';
import type { RotateTruth } from './truth.js';

/** What an honest rotation leaves on this BMC, where nobody is listed to use SNMP: SNMP that cannot be turned off keeps its secrets. Told from the BMC's own side. */
export function rotateTruth(state: State, fault: FaultName | null): RotateTruth {
  const stays = running(state).filter(({ name, keeps }) => name === 'SNMP' && keeps);
  const honest = stays.length === 0 ? 'done' : 'unsupported';
  const { plan = 'done', rotate = plan } = fault === null ? {} : FAULTS[fault].expect;
  return {
    findings: stays.map(({ uri }) => ({ code: 'SECRET_STAYS', uri })),
    comesTo: rotate === 'done' ? honest : rotate,
  };
}
