/** @odoo-module **/

// The flow of one sales order as a timeline: what is done, what waits, for whom, until when, and how to move it on.

import { Component, onWillStart, useState } from "@odoo/owl";
import { deserializeDateTime, formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const LOOKS = {
    done: { icon: "fa-check-circle", color: "text-success", label: _t("Done") },
    current: { icon: "fa-dot-circle-o", color: "text-primary", label: _t("To do") },
    waiting: { icon: "fa-clock-o", color: "text-info", label: _t("Waiting") },
    stalled: { icon: "fa-exclamation-triangle", color: "text-danger", label: _t("Stalled") },
    pending: { icon: "fa-circle-o", color: "text-muted", label: _t("Later") },
    skipped: { icon: "fa-minus-circle", color: "text-muted", label: _t("Not needed") },
    observe: { icon: "fa-eye", color: "text-warning", label: _t("Observed only") },
};

export class LogisticsFlow extends Component {
    static template = "logistics_orchestration.Flow";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.orderId = this.props.action.params?.order_id || this.props.action.context?.active_id;
        this.state = useState({ flow: { steps: [], buttons: [] }, busy: false });
        onWillStart(() => this.load());
    }

    get display() {
        return { controlPanel: {} };
    }

    async load() {
        this.state.flow = await this.orm.call("sale.order", "logistics_flow", [this.orderId]);
    }

    look(step) {
        return LOOKS[step.state] || LOOKS.pending;
    }

    time(text) {
        return text ? formatDateTime(deserializeDateTime(text)) : "";
    }

    open(model, id) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
        });
    }

    async press(method) {
        this.action.doAction(await this.orm.call("sale.order", method, [[this.orderId]]));
    }

    /** Move a step on; the server decides whether it may, the page shows the outcome. */
    async act({ model, id, method }) {
        this.state.busy = true;
        try {
            const result = await this.orm.call(model, method, [[id]]);
            if (result && result.type) {
                await this.action.doAction(result, { onClose: () => this.load() });
            } else {
                await this.load();
            }
        } finally {
            this.state.busy = false;
        }
    }
}

registry.category("actions").add("logistics_flow", LogisticsFlow);
