/**
 * Seconds that this process has computed, added up over its threads. Unlike the time of day it hardly counts the
 * other work of a machine, so a budget in it is the same on a busy and on an idle one.
 */
export function coreSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
