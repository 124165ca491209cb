// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ProtocolFixture, ProtocolParameters} from "../system/ProtocolFixture.sol";

/// @dev What the protocol's transactions cost, whole and behind their proxies, each in a transaction of its own. The figures
/// are committed in snapshots/; `npm test` fails when one differs, `npm run snapshots` writes them anew.
abstract contract ProtocolGas is ProtocolFixture {
    uint256 internal constant STAKE = 1000 ether;
    uint256 internal constant SUM = 100_000 ether;

    address internal delegator = makeAddr("delegator");
    address internal broadcaster;
    uint256 internal broadcasterKey;

    function _group() internal pure virtual returns (string memory);

    function _poolSize() internal pure virtual returns (uint256);

    function _activeSize() internal pure virtual returns (uint256);

    function setUp() public {
        ProtocolParameters memory p = _launchParameters();
        (p.numTranscoders, p.numActiveTranscoders) = (_poolSize(), _activeSize());
        p.verificationRate = 1;
        _deployProtocol(p);
        controller.unpause();
        (broadcaster, broadcasterKey) = makeAddrAndKey("broadcaster");
        vm.deal(broadcaster, 10 ether);
        _startRound(1);
        for (uint256 i = 0; i < _poolSize(); i++) {
            _join(_transcoder(i), STAKE + i * 1 ether);
        }
        _fund(delegator, SUM);
        vm.prank(delegator);
        bonding.bond(STAKE, _transcoder(_poolSize() - 1));
        _startRound(1);
    }

    /// @dev The one with the least stake that is active when `_activeSize` are.
    function _lastActive() internal pure returns (address) {
        return _transcoder(_poolSize() - _activeSize());
    }

    function _transcoder(uint256 index) internal pure returns (address) {
        // Far below 160 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        return address(uint160(0x7000 + index));
    }

    function _fund(address who, uint256 amount) internal {
        require(token.transfer(who, amount));
        vm.prank(who);
        token.approve(address(bonding), amount);
    }

    function _join(address who, uint256 stake) internal {
        _fund(who, stake);
        vm.startPrank(who);
        bonding.bond(stake, who);
        bonding.transcoder(500_000, 500_000, 1);
        vm.stopPrank();
    }

    function _snap(string memory name) internal {
        vm.snapshotGasLastCall(_group(), name);
    }

    function test_gas_initializeRound() public {
        _rollRound();
        rounds.initializeRound();
        _snap("initializeRound");
        assertEq(bonding.getTranscoderPoolSize(), _poolSize());
        assertTrue(bonding.isActiveTranscoder(_lastActive(), rounds.currentRound()));
    }

    function test_gas_reward() public {
        vm.prank(_lastActive());
        bonding.reward();
        _snap("reward, by the last in the active set");
    }

    function test_gas_bond() public {
        address newcomer = makeAddr("newcomer");
        _fund(newcomer, SUM);
        vm.prank(newcomer);
        bonding.bond(STAKE, _lastActive());
        _snap("bond, to a registered transcoder, which rises to the first place");
    }

    function test_gas_bondMore() public {
        vm.prank(delegator);
        bonding.bond(STAKE, _transcoder(_poolSize() - 1));
        _snap("bond, more to the same");
    }

    function test_gas_move() public {
        vm.prank(delegator);
        bonding.bond(0, _lastActive());
        _snap("bond, moved to another");
    }

    function test_gas_transcoder() public {
        address newcomer = makeAddr("newcomer");
        uint256 stake = STAKE + 2 ether;
        _fund(newcomer, stake);
        vm.prank(newcomer);
        bonding.bond(stake, newcomer);
        vm.prank(newcomer);
        bonding.transcoder(500_000, 500_000, 1);
        _snap("transcoder, evicts the last of a full pool");
        assertTrue(bonding.isRegisteredTranscoder(newcomer));
    }

    function test_gas_unbondAndWithdraw() public {
        vm.prank(delegator);
        bonding.unbond();
        _snap("unbond");
        _startRound(7);
        vm.prank(delegator);
        bonding.withdrawStake();
        _snap("withdrawStake");
        assertEq(token.balanceOf(delegator), SUM);
    }

    function test_gas_claimEarnings() public {
        _earn(20);
        uint256 round = rounds.currentRound();
        vm.prank(delegator);
        bonding.claimEarnings(round);
        _snap("claimEarnings, 20 rounds with rewards and fees");
        (uint256 stake, uint256 fees,,,,,) = bonding.getDelegator(delegator);
        assertGt(stake, STAKE);
        assertGt(fees, 0);
    }

    function test_gas_withdrawFees() public {
        _earn(1);
        vm.prank(delegator);
        bonding.withdrawFees();
        _snap("withdrawFees, with the claim of one round");
        assertGt(delegator.balance, 0);
    }

    function _rollRound() internal {
        vm.roll(rounds.currentRoundStartBlock() + rounds.roundLength());
    }

    /// @dev `count` rounds in which the delegator's transcoder has rewards and fees.
    function _earn(uint256 count) internal {
        address its = _transcoder(_poolSize() - 1);
        for (uint256 i = 0; i < count; i++) {
            vm.prank(its);
            bonding.reward();
            vm.deal(address(minter), address(minter).balance + 1 ether);
            uint256 round = rounds.currentRound();
            vm.prank(address(jobs));
            bonding.updateTranscoderWithFees(its, 1 ether, round);
            if (i + 1 < count) _startRound(1);
        }
    }
}

/// forge-config: default.isolate = true
contract ProtocolGas20And10Test is ProtocolGas {
    uint256 private constant PRICE = 1 gwei;

    function _group() internal pure override returns (string memory) {
        return "protocol-20-10";
    }

    function _poolSize() internal pure override returns (uint256) {
        return 20;
    }

    function _activeSize() internal pure override returns (uint256) {
        return 10;
    }

    /// @dev From deposit to fees: a claim of four segments, one of them verified, two profiles.
    function test_gas_job() public {
        vm.prank(broadcaster);
        jobs.deposit{value: 1 ether}();
        _snap("deposit");
        vm.prank(broadcaster);
        jobs.job("stream", "0123456789abcdef", PRICE, block.number + 1000);
        _snap("job");
        address elected = bonding.electActiveTranscoder(PRICE, _setBlockHash(), rounds.currentRound());

        (bytes32 root, bytes memory signature, bytes memory proof) = _receipts();
        vm.prank(elected);
        jobs.claimWork(0, [uint256(0), 3], root);
        _snap("claimWork, the first of its job");
        vm.roll(block.number + 2);
        vm.prank(elected);
        jobs.verify(0, 0, 2, "QmSegment", [keccak256("data 2"), keccak256("transcoded 2")], signature, proof);
        _snap("verify");
        vm.prank(solver);
        verifier.__callback(0, keccak256(abi.encodePacked(keccak256("data 2"), keccak256("transcoded 2"))));
        _snap("__callback");
        vm.roll(block.number + 200);
        vm.prank(elected);
        jobs.distributeFees(0, 0);
        _snap("distributeFees");
    }

    /// @dev The hash by which the job of this block is elected, seen from the next one.
    function _setBlockHash() private returns (bytes32 hash) {
        uint256 created = block.number;
        vm.roll(created + 1);
        return blockhash(created);
    }

    /// @dev Receipts of segments 0 to 3 in a tree; the broadcaster's signature of segment 2 and its proof.
    function _receipts() private view returns (bytes32 root, bytes memory signature, bytes memory proof) {
        bytes32[4] memory leaves;
        for (uint256 i = 0; i < 4; i++) {
            bytes32 data = keccak256(bytes(string.concat("data ", vm.toString(i))));
            bytes32 transcoded = keccak256(bytes(string.concat("transcoded ", vm.toString(i))));
            bytes memory signed = _sign(keccak256(abi.encodePacked("stream", i, data)));
            leaves[i] = keccak256(abi.encodePacked("stream", i, data, transcoded, signed));
            if (i == 2) signature = signed;
        }
        bytes32 left = _pair(leaves[0], leaves[1]);
        root = _pair(left, _pair(leaves[2], leaves[3]));
        proof = abi.encodePacked(leaves[3], left);
    }

    function _sign(bytes32 hash) private view returns (bytes memory) {
        bytes32 digest = keccak256(abi.encodePacked("\x19Ethereum Signed Message:\n32", hash));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(broadcasterKey, digest);
        return abi.encodePacked(r, s, v);
    }

    function _pair(bytes32 a, bytes32 b) private pure returns (bytes32) {
        return a < b ? keccak256(abi.encodePacked(a, b)) : keccak256(abi.encodePacked(b, a));
    }
}

/// forge-config: default.isolate = true
contract ProtocolGas100And50Test is ProtocolGas {
    function _group() internal pure override returns (string memory) {
        return "protocol-100-50";
    }

    function _poolSize() internal pure override returns (uint256) {
        return 100;
    }

    function _activeSize() internal pure override returns (uint256) {
        return 50;
    }
}
