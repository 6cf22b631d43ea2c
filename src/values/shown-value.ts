/** True for a name that says its value is one to keep to oneself. */
export function soundsSecret(name: string): boolean {
  return /(?:^|_)(?:PASS|PASSWD|PASSWORD|SECRET|TOKEN|APIKEY|API_KEY|PRIVATE_KEY|CREDENTIALS?)(?:_|$)/i.test(name);
}

/** True for an address with a login in it (`http://user:password@proxy`). */
export function holdsLogin(value: string): boolean {
  return /\/\/[^\s/@]+@/.test(value);
}

/** The value as it may be shown: logins in addresses, and values whose name sounds secret, are `***`. */
export function shownValue(name: string, value: string): string {
  return soundsSecret(name) ? '***' : value.replaceAll(/\/\/[^\s/@]+@/g, '//***@');
}
