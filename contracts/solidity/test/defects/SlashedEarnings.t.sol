// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {DefectsFixture} from "./DefectsFixture.sol";

/// @dev What a transcoder and its delegators earned before a slash, and what they earn after it, is somebody's to the last
/// unit: stake that is burned must leave no share behind that nobody can claim.
contract SlashedEarningsTest is DefectsFixture {
    uint256 internal firstRound;

    /// @dev Tom and Ann have 1,000 LPT each with Tom.
    function setUp() public override {
        super.setUp();
        _stand(tom, 1000 ether);
        _bond(ann, 1000 ether, tom);
        firstRound = _nextRound(1);
    }

    /// @dev Tom has not claimed for longer than one claim may span, as one does who leaves his stake to grow.
    function test_aSlashAfterManyRoundsWithoutAClaimStrandsNothing() public {
        uint256 minted = _rewards(CLAIM_ROUNDS + 5);
        _slash(tom, DOUBLE_SLASH);
        _claimAll(ann);
        _claimAll(tom);
        assertEq(_bonded(tom) + _bonded(ann), 2000 ether - 300 ether + minted);
        assertEq(_delegated(tom), _bonded(tom) + _bonded(ann));
    }

    /// @dev And the rounds after are as good as any: late fees are not shared with stake that is gone.
    function test_lateFeesAfterSuchASlashAreTheTranscoders() public {
        _rewards(CLAIM_ROUNDS + 5);
        _slash(tom, DOUBLE_SLASH);
        _announce(tom, 500_000, 500_000, 1);
        uint256 round = _nextRound(1);
        _claimAll(ann);
        _claimAll(tom);
        _addFees(tom, 10 ether, round);
        assertEq(_fees(tom), 10 ether);
    }

    /// @dev Tina, with her stake at Tom's, was the last to claim a round and loses everything.
    function test_aSlashOfAllStakeOfTheLastToClaimStrandsNothing() public {
        _bond(tina, 1000 ether, tom);
        _nextRound(1);
        uint256 minted = _reward(tom);
        _claimAll(ann);
        _claimAll(tom);
        _slash(tina, 1_000_000);
        _claimAll(tina);
        assertEq(_bonded(tom) + _bonded(ann) + _bonded(tina), 2000 ether + minted);
        assertEq(_delegated(tom), 2000 ether + minted);
    }

    function _rewards(uint256 count) private returns (uint256 minted) {
        for (uint256 i = 0; i < count; i++) {
            minted += _reward(tom);
            _nextRound(1);
        }
    }

    function _claimAll(address who) private {
        uint256 current = rounds.currentRound();
        for (uint256 last = _account(who).lastClaimRound; last < current; last = _account(who).lastClaimRound) {
            uint256 end = last + CLAIM_ROUNDS < current ? last + CLAIM_ROUNDS : current;
            vm.prank(who);
            bonding.claimEarnings(end);
        }
    }
}
