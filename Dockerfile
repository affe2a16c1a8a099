# syntax=docker/dockerfile:1
# The order service, or with another command its migrations and its import. Build: docker build -t order-service .

FROM node:26-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
# The pinned Node of the development environment is not needed: this image has one.
RUN npm ci --omit=optional --ignore-scripts --no-audit --no-fund && node node_modules/esbuild/install.js
COPY . .
RUN node_modules/.bin/tsc -p . \
  && node scripts/console-build.mjs \
  && npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund \
  && mkdir /app \
  && cp -r package.json dist node_modules configs /app \
  && mkdir -p /app/persistence /app/proto/order/v1 /app/proto/gen \
  && cp -r persistence/migrations /app/persistence \
  && cp proto/order/v1/*.proto /app/proto/order/v1 \
  && cp proto/gen/descriptor.binpb /app/proto/gen \
  && rm -rf /app/dist/test /app/dist/sandbox /app/dist/tsconfig.tsbuildinfo \
  && find /app/node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.md' \) -delete
# Node, and the one library that it needs and the image below lacks.
RUN mkdir /runtime && cp --parents -L /usr/local/bin/node /usr/lib/*-linux-gnu/libatomic.so.1 /runtime

# glibc, libstdc++, certificates and time zones: no shell, no package manager.
FROM gcr.io/distroless/cc-debian12
LABEL org.opencontainers.image.title="order-service" \
      org.opencontainers.image.description="Orders as Dapr virtual actors over Postgres, with REST, gRPC and events" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="2.0.0"
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build --chown=0:0 /runtime /
COPY --from=build --chown=0:0 /app /app
USER 1000:1000
EXPOSE 8004 9004 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.ORDER_HTTP_PORT ?? 8004}/livez`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--enable-source-maps"]
CMD ["dist/main.js"]
