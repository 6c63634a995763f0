"""How workflows are run by a worker: outside the sandbox, keeping little of what they were started with."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import replace

from temporalio.api.common.v1 import Payloads
from temporalio.common import TypedSearchAttributes
from temporalio.worker import (
    ExecuteWorkflowInput,
    Interceptor,
    UnsandboxedWorkflowRunner,
    WorkflowInboundInterceptor,
    WorkflowInstance,
    WorkflowInstanceDetails,
    WorkflowInterceptorClassInput,
)

NONE = Payloads()


class LightRunner(UnsandboxedWorkflowRunner):
    """Runs workflows outside the sandbox, where no rule runs anyway.

    The SDK keeps parts of the message that starts a workflow, and each part keeps all of it: 5 KB of a
    line's memory. With `WithoutHeaders` nothing of it stays. Memo and search attributes are asked of
    Temporal, never of a workflow's `info`.
    """

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """See the SDK."""
        info = replace(
            det.info, raw_memo={}, search_attributes={}, typed_search_attributes=TypedSearchAttributes(())
        )
        last = det.last_completion_result
        return super().create_instance(
            replace(det, info=info, last_completion_result=last if last.payloads else NONE)
        )


class WithoutHeaders(Interceptor):
    """Lets go of the headers of a start, which `workflow.info` holds as well. It comes last of all."""

    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor]:
        """See the SDK."""
        return _WithoutHeaders


class _WithoutHeaders(WorkflowInboundInterceptor):
    def execute_workflow(self, input: ExecuteWorkflowInput) -> Coroutine[object, None, object]:
        input.headers = {}
        return self.next.execute_workflow(input)
