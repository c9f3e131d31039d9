/** @odoo-module **/

// The trigger choice of an automation rule, with logistics events in it. Odoo's own widget has its groups built in and
// fails on a trigger it does not know, so it is replaced; its template and its filters on the model's fields are kept.

import { useState } from "@odoo/owl";
import { TRIGGER_FILTERS } from "@base_automation/utils";
import { _lt } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { SelectionField, selectionField } from "@web/views/fields/selection/selection_field";

export const TRIGGER_GROUPS = [
    { key: "logistics", sequence: 5, name: _lt("Logistics"), triggers: ["on_logistics_event"] },
    {
        key: "values",
        sequence: 10,
        name: _lt("Values Updated"),
        triggers: ["on_stage_set", "on_user_set", "on_tag_set", "on_state_set", "on_priority_set", "on_archive", "on_unarchive"],
    },
    { key: "mail", sequence: 20, name: _lt("Email Events"), triggers: ["on_message_sent", "on_message_received"] },
    { key: "timing", sequence: 30, name: _lt("Timing Conditions"), triggers: ["on_time", "on_time_created", "on_time_updated"] },
    { key: "custom", sequence: 40, name: _lt("Custom"), triggers: ["on_create_or_write", "on_unlink", "on_change"] },
    { key: "external", sequence: 50, name: _lt("External"), triggers: ["on_webhook"] },
    { key: "deprecated", sequence: 60, name: _lt("Deprecated (do not use)"), triggers: ["on_create", "on_write"] },
];
// A trigger of yet another module gets a place instead of breaking the form.
const OTHER = { key: "other", sequence: 70, name: _lt("Other"), triggers: [] };

export class LogisticsTriggerSelectionField extends SelectionField {
    static template = "base_automation.TriggerSelectionField";

    setup() {
        super.setup();
        this.groupedOptions = useState([]);
        const orm = useService("orm");
        let fieldsOfModel = { modelId: null, fields: [] };
        useRecordObserver(async (record) => {
            const modelId = record.data.model_id?.[0];
            if (modelId !== fieldsOfModel.modelId) {
                const fields = await orm.searchRead(
                    "ir.model.fields",
                    [["model_id", "=", modelId]],
                    ["field_description", "name", "ttype", "relation"]
                );
                fieldsOfModel = { modelId, fields };
            }
            const groups = this.group(record, fieldsOfModel.fields);
            this.groupedOptions.splice(0, this.groupedOptions.length, ...groups);
        });
    }

    /** Options of the selection in their groups, without those that make no sense for the rule's model. */
    group(record, modelFields) {
        const current = record.data[this.props.name];
        const groups = new Map();
        for (const [value, label] of record.fields[this.props.name].selection) {
            const group = TRIGGER_GROUPS.find((g) => g.triggers.includes(value)) || OTHER;
            const filter = TRIGGER_FILTERS[value];
            const hidden =
                (group.key === "deprecated" && !group.triggers.includes(current)) ||
                (group.key === "mail" && !record.data.model_is_mail_thread) ||
                (filter && !modelFields.some(filter));
            if (!hidden) {
                if (!groups.has(group.key)) {
                    groups.set(group.key, { ...group, options: [] });
                }
                groups.get(group.key).options.push({ value, label });
            }
        }
        return [...groups.values()].sort((a, b) => a.sequence - b.sequence);
    }
}

registry.category("fields").add(
    "base_automation_trigger_selection",
    {
        ...selectionField,
        component: LogisticsTriggerSelectionField,
        fieldDependencies: [{ name: "model_is_mail_thread", type: "boolean" }],
    },
    { force: true }
);
