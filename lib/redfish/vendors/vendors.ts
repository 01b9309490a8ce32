import type { Json } from '../../model/json.js';
import { at, isObject, textAt } from '../json.js';
import { AMI } from './ami.js';
import { DELL } from './dell.js';
import { GENERIC } from './generic.js';
import { HPE } from './hpe.js';
import { LENOVO } from './lenovo.js';
import { OPENBMC } from './openbmc.js';
import { SUPERMICRO } from './supermicro.js';
import type { Vendor } from './vendor.js';

/** Every maker this version knows; the last is for all others. */
export const VENDORS: readonly Vendor[] = [LENOVO, AMI, HPE, DELL, OPENBMC, SUPERMICRO, GENERIC];

/**
 * Whose BMC this is, by its service root alone. It says so itself and may lie: signs that point at two makers give the generic profile, as none
 * does, and no rule that guards a BMC or its evidence asks for the vendor.
 */
export function vendorOf(serviceRoot: Json | null): Vendor {
  const root = serviceRoot ?? undefined;
  const says = (textAt(root, 'Vendor') ?? '').trim().toLowerCase();
  const product = (textAt(root, 'Product') ?? '').trim().toLowerCase();
  const oem = at(root, 'Oem');
  const keys = isObject(oem) ? Object.keys(oem).map((key) => key.toLowerCase()) : [];
  // A name nobody knows is a sign as well: it contradicts the others.
  if (says !== '' && !VENDORS.some(({ signs }) => signs.vendors.includes(says))) return GENERIC;
  const meant = VENDORS.filter(
    ({ signs }) =>
      signs.vendors.includes(says) ||
      signs.products.some((beginning) => product.startsWith(beginning)) ||
      keys.some((key) => signs.oem.includes(key)),
  );
  const [only] = meant;
  return only !== undefined && meant.length === 1 ? only : GENERIC;
}
