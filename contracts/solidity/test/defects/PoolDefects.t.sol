// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {IJobsManager} from "../../src/interfaces/IJobsManager.sol";
import {JobsActors} from "./JobsActors.sol";

/// @dev Defects of the pool and the election: what an evicted transcoder may still do, and whose price counts.
contract PoolDefectsTest is JobsActors {
    address internal newcomer = makeAddr("newcomer");

    /// @dev Tom was in the active set and cheap enough when a newcomer took his place: he could have no reward for the round.
    function test_B5_anEvictedTranscoderStillHasItsReward() public {
        uint256 round = _evicted();
        assertEq(_reward(tom), MINTABLE / 10);

        assertEq(_delegated(tom), 1000 ether + MINTABLE / 10);
        assertEq(bonding.transcoderTotalStake(tom), 0);
        assertEq(bonding.getTotalBonded(), 11_500 ether + MINTABLE / 10);
        assertEq(_pool(tom, round).rewardPool, MINTABLE / 10);
        _claim(tom);
        assertEq(_bonded(tom), 1000 ether + MINTABLE / 10);
        // With that he has the stake to come back.
        _announce(tom, 500_000, 500_000, 1);
        _assertRanked(tom, 1000 ether + MINTABLE / 10);
    }

    /// @dev Nor could he claim work he was elected for.
    function test_B5_anEvictedTranscoderStillDoesTheWorkItWasElectedFor() public {
        _standThree();
        uint256 round = _nextRound(1);
        uint256 jobId = _job();
        _evict();
        assertFalse(bonding.isRegisteredTranscoder(tom));
        assertTrue(bonding.isActiveTranscoder(tom, round));

        assertEq(_claimWork(tom, jobId, 0, 3), 0);

        (,,,, address worker,,,,,) = jobs.getJob(jobId);
        assertEq(worker, tom);
        assertEq(_escrow(jobId), 4 * PRICE);
        _endSlashing(jobId, 0);
        _distribute(tom, jobId, 0);
        assertEq(_pool(tom, round).feePool, 4 * PRICE);
    }

    /// @dev His place ends with the round.
    function test_B5_afterTheRoundAnEvictedTranscoderClaimsNothing() public {
        _standThree();
        _nextRound(1);
        uint256 jobId = _job();
        _evict();
        _nextRound(1);
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerUnregisteredTranscoder.selector, tom));
        vm.prank(tom);
        jobs.claimWork(jobId, [uint256(0), 3], "root");
    }

    /// @dev The election for an old job asked for today's price: after a rise nobody was elected, and the job was dead.
    function test_B10_theElectionAsksForThePriceOfItsRound() public {
        _standThree();
        uint256 round = _nextRound(1);
        uint256 jobId = _job();
        bytes32 lot = blockhash(block.number - 1);
        assertEq(bonding.electActiveTranscoder(PRICE, lot, round), tom);

        _announce(tom, 500_000, 500_000, 3 * PRICE);
        uint256 next = _nextRound(1);
        (,,, uint256 price,,,) = bonding.getTranscoder(tom);
        assertEq(price, 3 * PRICE);
        assertEq(bonding.electActiveTranscoder(PRICE, lot, round), tom, "for the job of the round before");
        assertEq(bonding.electActiveTranscoder(PRICE, lot, next), address(0), "for jobs of this round");
        _claimWork(tom, jobId, 0, 3);
        assertEq(_escrow(jobId), 4 * PRICE);
    }

    /// @dev And a fall makes nobody a candidate of a round in which it was too dear.
    function test_B10_aPriceThatFellDoesNotElectForThePast() public {
        _standThree();
        uint256 round = _nextRound(1);
        _announce(tina, 500_000, 500_000, 1);
        _nextRound(1);
        for (uint256 lot = 0; lot < 11_000 ether; lot += 500 ether) {
            assertEq(bonding.electActiveTranscoder(PRICE, bytes32(lot), round), tom);
        }
    }

    /// @dev A full pool in which Tom has least, a tenth of the whole, and is the only one cheap enough for the jobs.
    function _standThree() private {
        _bond(tom, 1000 ether, tom);
        _announce(tom, 500_000, 500_000, PRICE);
        _bond(tina, 4000 ether, tina);
        _announce(tina, 500_000, 500_000, 2 * PRICE);
        _bond(theo, 5000 ether, theo);
        _announce(theo, 500_000, 500_000, 2 * PRICE);
    }

    function _evict() private {
        _bond(newcomer, 1500 ether, newcomer);
        vm.expectEmit(address(bonding));
        emit IBondingManager.TranscoderEvicted(tom);
        _announce(newcomer, 500_000, 500_000, 1);
    }

    function _evicted() private returns (uint256 round) {
        _standThree();
        round = _nextRound(1);
        _evict();
    }
}
