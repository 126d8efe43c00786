//! What every store must do: tests over any of them. [`every_test`] makes test functions of them for one backend.

pub(crate) mod accounts;
pub(crate) mod messages;
pub(crate) mod operations;
pub(crate) mod resolving;
pub(crate) mod selection;
pub(crate) mod staging;
pub(crate) mod uploads;
pub(crate) mod workspace;

macro_rules! over_backend {
    ($backend:ty; $($module:ident: $($test:ident)+;)+) => {
        $(mod $module {
            $(
                #[tokio::test]
                async fn $test() {
                    crate::suite::$module::$test(&<$backend as crate::fixture::Backend>::fresh().await).await;
                }
            )+
        })+
    };
}

macro_rules! every_test {
    ($backend:ty) => {
        crate::suite::over_backend! {
            $backend;
            operations:
                a_new_operation_is_the_current_one
                an_operation_is_kept_with_everything_in_it
                creating_an_operation_ends_the_current_one
                a_finished_operation_keeps_its_step
                ending_an_operation_twice_is_ending_it_once
                there_is_nothing_to_end_before_the_first_operation
                the_latest_operations_come_first
                a_batch_at_another_revision_is_stale
                a_batch_of_an_ended_operation_is_stale
                a_batch_that_is_refused_leaves_nothing_behind;
            staging:
                records_come_in_order_and_within_limits
                a_record_that_is_there_is_left_as_it_is
                outcomes_decide_what_stays
                failed_records_are_run_again
                incomplete_records_are_run_again_and_swept
                lists_are_paged_by_kind_and_number
                counts_are_by_kind_and_status
                parts_come_in_order_and_are_left_as_they_are
                failed_records_outlive_the_staging_area
                sweeping_empties_the_areas_of_ended_operations;
            selection:
                everything_can_be_selected
                what_is_left_out_is_skipped
                ids_are_taken_literally
                direct_rooms_are_selected_together
                placeholders_are_selected_with_any_room
                parts_follow_their_rooms
                a_long_list_is_no_matter
                only_waiting_records_are_skipped;
            workspace:
                users_are_found_by_every_key
                a_user_that_is_there_is_left_as_it_is
                a_patched_user_is_found_by_the_new_keys
                a_new_username_is_told_to_every_copy
                an_import_id_can_move_to_another_user
                rooms_and_users_are_made_by_hand_without_an_operation
                names_and_addresses_belong_to_one_user
                rooms_are_found_by_every_key
                a_patched_room_is_found_by_the_new_keys
                a_slug_belongs_to_one_room
                one_membership_for_a_user_and_room
                a_user_s_rooms_are_those_of_the_memberships
                a_user_s_rank_in_rooms_follows_the_roles
                contacts_are_put_in_place_of_those_that_are_there;
            resolving:
                an_operation_s_own_users_come_first
                users_are_resolved_by_import_id_then_by_username
                rooms_are_resolved_by_import_id_then_by_name
                rooms_that_an_operation_has_written_are_known
                the_first_entry_for_an_import_id_stays
                what_was_resolved_ends_with_the_operation
                the_first_record_to_write_a_user_is_remembered;
            messages:
                new_and_known_messages_are_counted
                a_known_message_is_merged
                links_are_written_with_a_meta_object
                a_reaction_moves_with_the_import_id_of_a_placeholder
                dates_in_attachments_stay_dates
                no_document_has_a_field_that_is_null
                pins_and_broadcasts_follow_the_record
                a_message_twice_in_a_batch_is_merged_with_itself
                existing_messages_are_found_by_id
                first_messages_count_their_replies_once
                a_message_becomes_a_reply
                a_room_s_activity_follows_its_messages
                a_hidden_message_is_not_the_last_one
                a_room_s_activity_follows_merged_messages
                a_room_counts_its_members;
            uploads:
                messages_wait_in_the_order_of_their_files
                a_fetched_file_is_shown_by_every_message_that_names_it
                the_lists_of_files_find_what_was_fetched
                a_message_that_is_imported_again_keeps_its_file
                an_avatar_takes_the_place_of_the_one_before
                a_user_knows_the_avatar_that_was_fetched
                bytes_are_kept_as_they_came;
            accounts:
                a_login_token_is_good_for_90_days
                a_personal_access_token_never_expires
                a_token_is_one_user_s
                a_token_that_was_taken_away_is_worth_nothing
                a_deactivated_user_cannot_log_in
                roles_grant_permissions
                credentials_are_found_by_username_or_address
                a_user_is_added_unless_a_name_is_taken
                tokens_are_given_to_users_alone
                the_usual_roles_are_there
                settings_that_nobody_set_have_their_defaults;
        }
    };
}

pub(crate) use {every_test, over_backend};
