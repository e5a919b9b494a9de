/** Takes a server's own secrets out of what it says, before that reaches a log, an error or a person. */

/** The shortest value worth hiding: shorter ones (`1`, `dev`) would blot out ordinary words. */
const minLength = 6;

export function createRedaction(values: readonly string[]): (text: string) => string {
  const secrets = [...new Set(values.filter((value) => value.length >= minLength))].sort(
    (a, b) => b.length - a.length,
  );
  return (text) => secrets.reduce((shown, secret) => shown.replaceAll(secret, '[redacted]'), text);
}
