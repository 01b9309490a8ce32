/** What a new password must be like: the BMC's own rules, else its maker's, within what IPMI can carry. */
export interface PasswordRules {
  readonly minLength: number;
  readonly maxLength: number;
  /** At least one character of each occurs; default: lower, upper and digit. Symbols occur only where they are asked for. */
  readonly classes?: readonly PasswordClass[];
  /** Characters that do not occur. */
  readonly excluded?: string;
}

export const PASSWORD_CLASSES = ['lower', 'upper', 'digit', 'symbol'] as const;
export type PasswordClass = (typeof PASSWORD_CLASSES)[number];
