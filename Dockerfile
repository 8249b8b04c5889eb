FROM node:26.10.0-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json rolldown.config.js ./
COPY scripts scripts
COPY src src
# The optional packages become dependencies of the image: it works with every database, and has metrics.
RUN npm run build && npm install --save-prod pg connect-pg-simple prom-client && npm prune --omit=dev

FROM node:26.10.0-slim
ENV NODE_ENV=production DATABASE_URL=/data/tobiishi.db
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json ./
COPY views views
COPY locales locales
COPY public public
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["node", "-e", "fetch('http://localhost:' + (process.env.PORT || 3000) + '/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Not through npm, which would keep the stop signal to itself.
CMD ["node", "--enable-source-maps", "--v8-pool-size=1", "dist/server/main.js"]
