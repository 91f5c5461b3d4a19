import { homedir } from 'node:os';
import { join } from 'node:path';

const isGiven = (value: string | undefined): value is string => value !== undefined && value !== '';

/**
 * @internal The folder of what is kept for a user: the one that a variable of the environment names, else `convnet/<name>` in
 * XDG_CACHE_HOME, LOCALAPPDATA or `~/.cache`. An empty variable is as one that there is not.
 * @throws SystemError where it would be in the home of a user who has none.
 */
export function cacheFolder(
  name: string,
  variable: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const { [variable]: named, XDG_CACHE_HOME, LOCALAPPDATA } = environment;
  if (isGiven(named)) return named;
  const caches = [XDG_CACHE_HOME, LOCALAPPDATA].find(isGiven);
  return join(caches ?? join(homedir(), '.cache'), 'convnet', name);
}
