import { at, linkAt } from '../../redfish/json.js';
import { finding, NOTHING, type Proposal, type Survey } from '../planning.js';
import type { Ground } from './ground.js';
import { change, takes } from './setting.js';

/** Switches the update service off where that can be done. */
export async function stopUpdates(survey: Survey, { root, vendor }: Ground): Promise<Proposal> {
  const uri = linkAt(root, 'UpdateService');
  if (uri === null) return NOTHING;
  const service = await survey.reader.get(uri);
  const enabled = service.status === 200 ? at(service.json ?? undefined, 'ServiceEnabled') : undefined;
  if (enabled === false) return NOTHING;
  if (enabled === true && vendor.freeze.updates && takes(service, 'PATCH', true))
    return { findings: [], operations: [change(service, ['ServiceEnabled'], false, 'switch off firmware updates')] };
  const advice = `${uri} has no switch that works: whoever may update can; compare the firmware again before trust is restored`;
  return { operations: [], findings: [finding(survey, 'SERVICE_STAYS_ON', service, advice)] };
}
