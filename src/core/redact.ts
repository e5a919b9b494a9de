/** Takes loaded secrets out of a text, plain and in the forms they travel in: base64, URL-encoded, hex. */

/** Makes the redactor; values shorter than 6 characters are no secrets and would hit ordinary words. */
export function createRedactor(secrets: readonly string[]): (text: string) => string {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < 6) continue;
    const bytes = Buffer.from(secret, 'utf8');
    forms.add(secret);
    forms.add(encodeURIComponent(secret));
    forms.add(bytes.toString('base64'));
    forms.add(bytes.toString('base64url'));
    forms.add(bytes.toString('hex'));
  }
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((rest, form) => rest.replaceAll(form, '[secret]'), text);
}
