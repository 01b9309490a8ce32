/** `TREE_UNREADABLE`: not a folder in mockup layout. `BAD_OPTION`: what was asked for cannot be. `UNKNOWN_TARGET`: no such id in this fleet. `NO_IPMI_SIM`: it is missing or does not answer. */
export type FleetCode = 'TREE_UNREADABLE' | 'BAD_OPTION' | 'UNKNOWN_TARGET' | 'NO_IPMI_SIM';

/** Thrown by the fleet to whoever starts or steers it; never seen by a client of an emulated BMC. */
export class FleetError extends Error {
  readonly code: FleetCode;

  constructor(code: FleetCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FleetError';
    this.code = code;
  }
}
