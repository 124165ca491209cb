# What developers run. `make test` installs what the tests need from the package registries, then runs all of them.

SOLIDITY := contracts/solidity
CARGO ?= cargo

.PHONY: test test-solidity test-rust lint bench rehearse faults

test: test-solidity test-rust

# npm writes the marker last, so an interrupted install is repeated.
$(SOLIDITY)/node_modules/.package-lock.json: $(SOLIDITY)/package-lock.json
	cd $(SOLIDITY) && npm ci --no-audit --no-fund
	touch $@

test-solidity: $(SOLIDITY)/node_modules/.package-lock.json
	cd $(SOLIDITY) && npm test

test-rust: $(SOLIDITY)/node_modules/.package-lock.json
	$(CARGO) test --workspace --locked

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

bench:
	$(CARGO) bench --workspace --locked

rehearse:
	$(CARGO) run --release --locked -- rehearse

# every fault at full size; about half an hour
faults: $(SOLIDITY)/node_modules/.package-lock.json
	$(CARGO) run --locked -p tminus-faults -- --full --out docs/faults.md
