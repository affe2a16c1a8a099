package main

import (
	"context"
	"time"

	"github.com/dapr/components-contrib/pubsub"
	"github.com/dapr/components-contrib/pubsub/redis"
	"github.com/dapr/kit/logger"
)

// settleTime is how long a delivery may take to end after its subscription has.
const settleTime = time.Second

// redisStreams is Dapr's Redis Streams, for which an event that was not taken is never done. The stock component
// acknowledges an event whose handler fails, unless its context has ended; and a bulk subscription that is cancelled
// fails first and ends that context a moment later (docs/adr/0018-bulk-subscriptions.md).
type redisStreams struct {
	pubsub.PubSub
}

func newRedisStreams(log logger.Logger) pubsub.PubSub {
	return &redisStreams{redis.NewRedisStreams(log)}
}

// Subscribe holds what fails until its context ends, so that it stays pending and comes again. A bulk subscription never
// answers what it still has in hand when it is cancelled: its worker is given back after a while.
func (r *redisStreams) Subscribe(ctx context.Context, req pubsub.SubscribeRequest, handler pubsub.Handler) error {
	return r.PubSub.Subscribe(ctx, req, func(eventCtx context.Context, event *pubsub.NewMessage) error {
		ended := make(chan error, 1)
		go func() { ended <- handler(eventCtx, event) }()

		var err error
		select {
		case err = <-ended:
		case <-ctx.Done():
			select {
			case err = <-ended:
			case <-time.After(settleTime):
				err = ctx.Err()
			}
		}
		if err != nil {
			<-eventCtx.Done()
		}
		return err
	})
}
