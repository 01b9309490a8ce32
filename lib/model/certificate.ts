/** Whom a certificate names: what a BMC is told to write into its request. Country by its two letters. */
export interface CertificateSubject {
  readonly commonName: string;
  readonly organization: string;
  readonly organizationalUnit: string;
  readonly city: string;
  readonly state: string;
  readonly country: string;
  /** Host names and addresses under which the BMC is reached. */
  readonly names: readonly string[];
}
