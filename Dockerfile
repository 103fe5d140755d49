# allswell in a container, beside a PostgreSQL (see compose.yaml and docs/running/docker.md).

FROM node:26-slim AS pages
WORKDIR /app
COPY package.json package-lock.json ./
COPY src/core ./src/core
COPY web ./web
# Builds the dashboard into web/dist.
RUN npm ci --no-audit --no-fund

FROM node:26-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# Without the optional packages: Node is here already, and PostgreSQL is the neighbour's work. Without scripts: what the
# others would do is left out with them, and the dashboard is built above.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund && npm cache clean --force

FROM node:26-slim
ENV NODE_ENV=production \
    ALLSWELL_DATA=/data \
    NODE_COMPILE_CACHE=/tmp/allswell-compile-cache
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY bin ./bin
COPY src ./src
COPY --from=pages /app/web/dist ./web/dist
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 8080}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/app/bin/allswell"]
CMD ["serve"]
