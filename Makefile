.PHONY: run test test-coverage test-integration test-load test-long verify migrate-up migrate-create migrate-status migrate-down api
run:              ; npm start
test:             ; npm test
test-coverage:    ; npm run test:coverage
test-integration: ; npm test -- integration
test-load:        ; npm run bench
test-long:        ; npm run test:long
verify:           ; npm run verify
migrate-up:       ; npm run migrate -- up
migrate-create:   ; npm run migrate -- create $(NAME)
migrate-status:   ; npm run migrate -- status
migrate-down:     ; npm run migrate -- down
api:              ; npm run generate
