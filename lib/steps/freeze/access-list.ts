import { holds, networkText, readNetwork, type Network } from '../../isolation/networks.js';
import { textAt } from '../../redfish/json.js';
import { SESSION_ADDRESSES } from '../../redfish/vendors/facts.js';
import { joined, NOTHING, type Proposal, type Survey } from '../planning.js';
import { leftOut, type Admitted } from './admitted.js';
import { narrowRanges } from './access-ranges.js';
import { narrowRules } from './access-rule-list.js';
import type { Ground } from './ground.js';

/**
 * Lets nobody but the responders of the zone reach the BMC, by the BMC's own list of addresses: our rule first, then the others, then the switch. Each
 * change of who gets in is proven by a second session, and taken back at once when there is none. Unless it can be shown that our own address
 * is among the responders nothing is planned: a wrong list locks everybody out.
 */
export async function narrowAccess(survey: Survey, ground: Ground): Promise<Proposal> {
  const { managers, vendor, known } = ground;
  const [manager] = managers;
  const { accessList } = vendor.freeze;
  if (manager === undefined || accessList === null) return NOTHING;
  const admitted = await admittedBy(survey);
  if (typeof admitted === 'string') return leftOut(survey, manager, admitted);
  const { form } = accessList;
  const proposals: Proposal[] = [];
  for (const uri of accessList.uris.flatMap(known)) {
    const place = await survey.reader.get(uri);
    const narrowed =
      place.status !== 200
        ? null
        : form.is === 'ranges'
          ? narrowRanges(survey, place, form, admitted)
          : await narrowRules(survey, place, form, admitted);
    if (narrowed !== null) proposals.push(narrowed, leftOut(survey, place, IPV6));
  }
  return proposals.length === 0 ? leftOut(survey, manager, 'this firmware shows none') : joined(proposals);
}

const IPV6 = 'it holds for IPv4 alone, and over IPv6 the BMC lets in whom it did';

/** A text says why nothing is planned. */
async function admittedBy(survey: Survey): Promise<Admitted | string> {
  const { isolation, own } = survey;
  if (isolation === undefined || isolation === null) return 'the site names no responders for this zone (isolation.responders)';
  if (own.session === null) return 'without a session of ours that stays open nothing could be taken back';
  const responders = isolation.responders.flatMap((text) => ipv4(text));
  const told = await ownAddress(survey);
  const [address] = told === null ? [] : ipv4(told);
  if (address === undefined) return 'nobody can tell from which IPv4 address the BMC sees us come';
  if (!responders.some((network) => holds(network, address)))
    return `the BMC sees us come from ${networkText(address)}, which is none of the responders of the zone`;
  return { responders, own: address };
}

/** As the BMC sees it in our own session; where it shows that nowhere, the address of our socket. */
async function ownAddress({ reader, own }: Survey): Promise<string | null> {
  const shown = own.session === null ? null : await reader.get(own.session);
  const said = SESSION_ADDRESSES.flatMap((path) => textAt(shown?.json ?? undefined, ...path) ?? [])[0];
  return (said ?? own.from?.replace(/:\d+$/, '') ?? null)?.replace(/^::ffff:(?=\d+\.)/i, '') ?? null;
}

function ipv4(text: string): readonly Network[] {
  const network = readNetwork(text);
  return network?.family === 4 ? [network] : [];
}
