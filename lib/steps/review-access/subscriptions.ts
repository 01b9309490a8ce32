import { at, isList, isObject, textAt } from '../../redfish/json.js';
import type { Json } from '../../model/json.js';
import { readMembers } from '../collection.js';
import { finding, NOTHING, quoted, traced, type Proposal, type Survey } from '../planning.js';
import { removal } from './removal.js';

/** Where the BMC sends its events, and what it sends along, against the destinations that the inventory allows. */
export async function reviewSubscriptions(survey: Survey, collection: string | null): Promise<Proposal> {
  if (collection === null) return NOTHING;
  const findings = [];
  const operations = [];
  for (const subscription of await readMembers(survey.reader, collection)) {
    const body = subscription.json ?? undefined;
    const destination = textAt(body, 'Destination') ?? '';
    const headers = headersOf(at(body, 'HttpHeaders'));
    const along = headers.length === 0 ? '' : `, with headers of somebody’s own (${quoted(headers.join(' '))})`;
    if (survey.target.allow.subscriptions.includes(destination)) {
      const advice = `events go to the listed ${quoted(destination)}${along}; find out who set them: they may hold a secret`;
      if (headers.length > 0) findings.push(finding(survey, 'SUBSCRIPTION_HEADERS', subscription, advice));
    } else if (!isEmptyRow(destination, textAt(body, 'SubscriptionType'))) {
      const advice = `events go to ${quoted(destination)}${along}, which is not in the inventory; find out who listens, then remove it`;
      findings.push(traced(finding(survey, 'UNKNOWN_SUBSCRIPTION', subscription, advice), 'destination', destination));
      operations.push(...removal(subscription, `the event subscription to ${quoted(destination)}`));
    }
  }
  return { findings, operations };
}

/** Names alone: what they carry may be a secret. */
function headersOf(json: Json | undefined): readonly string[] {
  return (isList(json) ? json : []).flatMap((one) => (isObject(one) ? Object.keys(one) : []));
}

/** Supermicro ships 16 rows that lead to 0.0.0.0. An open event stream has no destination either, but somebody listens. */
function isEmptyRow(destination: string, type: string | undefined): boolean {
  return (destination === '' && type !== 'SSE') || /^(?:[a-z]+:\/\/)?0\.0\.0\.0(?:[:/].*)?$/i.test(destination);
}
