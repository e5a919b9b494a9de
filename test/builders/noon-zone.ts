/** A time zone where it is about noon, so that no test runs over midnight. */
export function noonZone(): string {
  const hour = new Date().getUTCHours();
  return hour >= 12 ? `Etc/GMT+${String(hour - 12)}` : `Etc/GMT-${String(12 - hour)}`;
}
