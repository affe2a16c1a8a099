// Added to Dapr's package pkg/api/http at the build (scripts/dapr-source.ts): this module does not compile it.

package http

import (
	"net/http"
	"sync"
)

// finishableWriter is a response writer that refuses what comes after the handler has returned. A resiliency policy with a
// time limit runs an invocation in a goroutine of its own, which goes on copying when the caller hangs up; writing to the
// finished response crashes daprd.
type finishableWriter struct {
	mu       sync.Mutex
	w        http.ResponseWriter
	header   http.Header
	started  bool
	finished bool
}

func newFinishableWriter(w http.ResponseWriter) *finishableWriter {
	return &finishableWriter{w: w, header: http.Header{}}
}

// finish waits for the write in hand. What comes later is dropped.
func (f *finishableWriter) finish() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.finished = true
}

// Header belongs to the goroutine that writes; its contents reach the response with the status.
func (f *finishableWriter) Header() http.Header {
	return f.header
}

// start needs the lock.
func (f *finishableWriter) start() {
	if f.started {
		return
	}
	f.started = true
	for name, values := range f.header {
		f.w.Header()[name] = append(f.w.Header()[name], values...)
	}
}

func (f *finishableWriter) WriteHeader(status int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.finished {
		return
	}
	f.start()
	f.w.WriteHeader(status)
}

func (f *finishableWriter) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.finished {
		return 0, http.ErrHandlerTimeout
	}
	f.start()
	return f.w.Write(p)
}

func (f *finishableWriter) Flush() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if flusher, ok := f.w.(http.Flusher); ok && !f.finished {
		flusher.Flush()
	}
}
