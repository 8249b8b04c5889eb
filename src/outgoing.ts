import { portRange } from './scrape/fetch/ports.js';
import { guardedPost } from './scrape/fetch/post.js';
import { type Config, hostsIn, siteHosts } from './server/config.js';

type HostSettings = Pick<
  Config,
  'allowHosts' | 'allowPorts' | 'allowedHosts' | 'denyHosts' | 'denyHostsFile' | 'onlyHosts' | 'siteUrl'
>;

/** Which hosts a visitor may have asked, by the settings. */
export function outgoingHosts(config: HostSettings) {
  const { allowHosts, allowPorts, denyHosts, denyHostsFile, onlyHosts } = config;
  return {
    allowHosts,
    allowPorts: allowPorts.map(portRange),
    denyHosts: denyHostsFile === '' ? denyHosts : [...denyHosts, ...hostsIn(denyHostsFile)],
    onlyHosts,
    ownHosts: siteHosts(config).map((host) => new URL(`http://${host}`).hostname),
  };
}

/** What sends webhooks: to no other hosts than those from which pages may be fetched. */
export const outgoingPost = (config: HostSettings) => guardedPost(outgoingHosts(config));
