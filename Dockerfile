# syntax=docker/dockerfile:1

# callfate as one small image: no shell tricks, no root, no secrets in it.
#
#     docker build -t callfate .
#     docker run --rm --network host callfate
#     docker run --rm --network host -v ./callfate.yaml:/etc/callfate/callfate.yaml:ro \
#         callfate run --config /etc/callfate/callfate.yaml
#
# The listeners bind loopback, in the image too: beside a PBX on the same host `--network host` is what you want.
# On a bridge network (`-p 8060:8060 -p 9060:9060/udp -p 9606:9606`) loopback is the container's own. Then set the
# address of each listener to 0.0.0.0 in callfate.yaml, together with credentials for it. A listener that is open to
# the network without credentials refuses to start; docs/configuration.md names the keys.

FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json rolldown.config.ts ./
COPY src ./src
COPY config ./config
RUN npm run build

FROM node:22-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force

FROM node:22-bookworm-slim
LABEL org.opencontainers.image.title="callfate" \
      org.opencontainers.image.description="Says how every SIP call ended, why, and on what evidence" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production
WORKDIR /app
COPY package.json LICENSE ./
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY config ./config
USER node
VOLUME ["/etc/callfate"]
# SIP over WebSocket, HEP, metrics and health.
EXPOSE 8060/tcp 9060/udp 9606/tcp
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9606/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/main.js"]
CMD ["run"]
