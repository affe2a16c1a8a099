import {
  ResponderBuilder,
  type ServerInterceptingCallInterface,
  ServerInterceptingCall,
  type ServerInterceptor,
  ServerListenerBuilder,
  status,
} from '@grpc/grpc-js';

/** Keeps an eye on the calls under way. */
export interface Streams {
  readonly interceptor: ServerInterceptor;
  /** Ends the calls that their clients would leave open for ever: watched health, reflection. */
  endStreaming(): void;
}

/** Clients that send slowly are cut off, as those of REST are: a request has so long to arrive. */
export const createStreams = (arriveWithinMs = 30_000): Streams => {
  const streaming = new Set<ServerInterceptingCallInterface>();
  return {
    interceptor: ({ requestStream, responseStream }, call) => {
      const late = setTimeout(() => {
        call.sendStatus({ code: status.DEADLINE_EXCEEDED, details: 'The request did not arrive in time.' });
      }, arriveWithinMs);
      const arrived = (): void => {
        clearTimeout(late);
      };
      if (requestStream || responseStream) streaming.add(call);
      const listener = new ServerListenerBuilder()
        .withOnReceiveMessage((message, next) => {
          if (requestStream) arrived();
          next(message);
        })
        .withOnReceiveHalfClose((next) => {
          arrived();
          next();
        })
        // Called at the end of every call, not only of those that are cancelled.
        .withOnCancel(() => {
          arrived();
          streaming.delete(call);
        })
        .build();
      const responder = new ResponderBuilder()
        .withStart((next) => {
          next(listener);
        })
        .build();
      return new ServerInterceptingCall(call, responder);
    },
    endStreaming: () => {
      for (const call of streaming) call.sendStatus({ code: status.UNAVAILABLE, details: 'The server is stopping.' });
    },
  };
};
