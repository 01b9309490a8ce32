import { textAt } from '../../redfish/json.js';
import { readMembers } from '../collection.js';
import { finding, NOTHING, quoted, type Proposal, type Survey } from '../planning.js';

/** Where the BMC sends its events, against the destinations that the inventory allows. */
export async function reviewSubscriptions(survey: Survey, collection: string | null): Promise<Proposal> {
  if (collection === null) return NOTHING;
  const findings = (await readMembers(survey.reader, collection)).flatMap((subscription) => {
    const body = subscription.json ?? undefined;
    const destination = textAt(body, 'Destination') ?? '';
    if (survey.target.allow.subscriptions.includes(destination) || isEmptyRow(destination, textAt(body, 'SubscriptionType'))) return [];
    const advice = `events go to ${quoted(destination)}, which is not in the inventory; find out who listens, then remove it`;
    return [finding(survey, 'UNKNOWN_SUBSCRIPTION', subscription, advice)];
  });
  return { findings, operations: [] };
}

/** Supermicro ships 16 rows that lead to 0.0.0.0. An open event stream has no destination either, but somebody listens. */
function isEmptyRow(destination: string, type: string | undefined): boolean {
  return (destination === '' && type !== 'SSE') || /^(?:[a-z]+:\/\/)?0\.0\.0\.0(?:[:/].*)?$/i.test(destination);
}
