import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHttpServer } from '../http/http-server.js';
import { tobiishi } from '../index.js';
import { scrape, wait } from '../jobs.js';
import { type Config, ConfigError, readConfig } from './config.js';
import { ServiceManager } from './service-manager.js';

/** Reads the configuration, opens an instance, listens, and stops on SIGTERM. */
export async function serve(env: NodeJS.ProcessEnv): Promise<void> {
  const { port, host, nodeEnv, maxConnections, ...config } = readConfig(env);
  const styles = nodeEnv === 'development';
  const jobs = await tobiishi({ ...config, styles, jobs: [wait, scrape(config), ...config.jobs] });
  // A proxy in front makes all connections itself.
  const mostOfNetwork = config.trustProxy > 0 ? null : Math.ceil(maxConnections / 4);
  const limits = { most: maxConnections, mostOfNetwork };
  const server = await listen(createHttpServer(jobs, { limits, serverOptions: jobs.serverOptions }), { port, host });
  const manager = new ServiceManager(env);

  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    manager.stopping();
    server.close();
    await jobs.close();
    server.closeAllConnections();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
  // Whoever is told may end it at once.
  console.log(`Tobiishi is ready on http://${host || 'localhost'}:${(server.address() as AddressInfo).port}`);
  manager.ready();
}

/**
 * Connections that wait to be accepted. Past it, a burst of them (511, where nothing is said) keeps others out: each
 * tries again only after a second, then after three, seven and fifteen. Linux allows as many as net.core.somaxconn.
 */
const BACKLOG = 4096;

function listen(server: Server, { port, host }: Pick<Config, 'port' | 'host'>): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken =
        cause.code === 'EADDRINUSE' ? ' Stop what uses it, or set PORT to another; 0 takes a free one.' : '';
      reject(new ConfigError(`Cannot listen on ${host || 'port'} ${port}: ${cause.message}.${taken}`, { cause }));
    });
    server.listen({ port, host: host || undefined, backlog: BACKLOG }, () => resolve(server));
  });
}
